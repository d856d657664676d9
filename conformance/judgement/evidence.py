"""What a run leaves behind besides its histories, so that its results can be derived again.

`evidence.json` holds all that was seen and nothing that was concluded: who was tested, how each
test ended, what the load told of itself, and the seal of each history. `derive` makes the results
document of that and the histories alone, and both `certify` and `recheck` call it, so a run that
was left as it is gives the same document for ever, bit for bit.
"""

from pathlib import Path
from typing import Any

import msgspec

from onceproof.conformance.errors import HARNESS, INTERRUPTED, OnceproofError, UsageError
from onceproof.conformance.history import DamagedHistory, Seal, pack, seal
from onceproof.conformance.history.packing import RESTORE
from onceproof.conformance.judgement.histories import (
    histories,
    history_files,
    judged,
    told_check,
    told_faults,
    told_marks,
)
from onceproof.conformance.judgement.requirements import Evidence, TestOutcome, requirements, totals
from onceproof.conformance.register import load_register
from onceproof.reports.outcome import settle
from onceproof.reports.results import SCHEMA, Results

FILE = "evidence.json"
EVIDENCE_SCHEMA = "onceproof/evidence/1"


class Kept(msgspec.Struct, kw_only=True):
    """The evidence of one run; the parts of the results document that are no conclusions.

    `start_ns` is the start of the run on the clock of the histories, `known` the requirements of
    each test there is, `histories` the seals by the path of the plain file in the run's folder.
    """

    schema: str = EVIDENCE_SCHEMA
    harness: dict[str, Any]
    run: dict[str, Any]
    target: dict[str, Any]
    stack: dict[str, Any]
    environment: dict[str, Any]
    start_ns: int
    known: dict[str, tuple[str, ...]]
    tests: list[TestOutcome]
    deviations: list[dict[str, Any]] = []
    load: dict[str, Any] | None = None
    interrupted: bool = False
    broken: str | None = None
    histories: dict[str, Seal] = {}


def keep(kept: Kept, folder: Path) -> None:
    """Pack and seal the histories in `folder`, and write the evidence beside them."""
    for path in history_files(folder):
        if path.exists():
            pack(path)
        kept.histories[str(path.relative_to(folder))] = seal(path)
    for test in kept.tests:
        test.message = test.message and _storable(test.message)
        test.observed = tuple(map(_storable, test.observed))
    packed = msgspec.json.encode(kept, order="deterministic")
    (folder / FILE).write_bytes(msgspec.json.format(packed, indent=2) + b"\n")


def recall(folder: Path) -> Kept:
    """The evidence in `folder`; UsageError without any, DamagedHistory if a seal is broken."""
    try:
        kept = msgspec.json.decode((folder / FILE).read_bytes(), type=Kept)
    except OSError:
        raise UsageError(
            f"'{folder}' holds no {FILE}: name the folder of a run that certify has finished"
        ) from None
    except msgspec.DecodeError as error:
        raise OnceproofError(f"'{folder / FILE}' is damaged ({error}): restore it") from None
    for name, sealed in kept.histories.items():
        _demand(folder / name, sealed)
    return kept


def derive(kept: Kept, folder: Path) -> Results:
    """The results document that the evidence in `folder` amounts to."""
    found = histories(folder)
    checks = judged(found)
    evidence = Evidence(
        known=kept.known,
        tests={test.nodeid: test for test in kept.tests},
        checks={check.check: check for check in checks},
    )
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "harness": kept.harness,
        "run": kept.run,
        "target": kept.target,
        "stack": kept.stack,
        "environment": kept.environment,
        "requirements": requirements(load_register(), evidence),
        "checks": [told_check(each, found, kept.start_ns, kept.run["folder"]) for each in checks],
        "deviations": kept.deviations,
        "marks": told_marks(found),
        "faults": told_faults(found, kept.start_ns),
        "load": kept.load,
        "tests": totals(kept.tests),
    }
    return _withdrawn(settle(document), kept)


def _withdrawn(results: Results, kept: Kept) -> Results:
    """An interrupted or broken run claims nothing, whatever its verdicts so far."""
    if kept.interrupted:
        return msgspec.structs.replace(results, outcome="inconclusive", exit_status=INTERRUPTED)
    if kept.broken is not None:
        return msgspec.structs.replace(results, outcome="inconclusive", exit_status=HARNESS)
    return results


def _demand(path: Path, sealed: Seal) -> None:
    """Nobody has touched the history since the run was over."""
    now = seal(path)
    if now == sealed:
        return
    what = "was altered" if now.records == sealed.records else "is not whole"
    raise DamagedHistory(
        f"history '{path}' {what}: it holds {now.records} records of digest {now.digest}, "
        f"but the run recorded {sealed.records} of {sealed.digest}; {RESTORE}"
    )


def _storable(text: str) -> str:
    """Half of a surrogate pair, which a target may well send, is shown by its code."""
    return text.encode("utf-8", "backslashreplace").decode()
