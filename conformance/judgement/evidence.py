"""What a run leaves behind besides its histories, so that its results can be derived again.

`evidence.json` holds all that was seen and nothing that was concluded: who was tested, how each
test ended, what the load reported of itself, and the seal of each history. `derive_results` makes
the results document of that and the histories alone, and `certify`, `chaos` and `recheck` all call
it, so a run that was left as it is gives the same document for ever, bit for bit.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType, structs

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.errors import (
    FAILED,
    HARNESS,
    INCONCLUSIVE,
    INTERRUPTED,
    OnceproofError,
    UsageError,
    is_full,
)
from onceproof.conformance.history import DamagedHistory, Record, Seal, pack, seal
from onceproof.conformance.history.packing import RESTORE
from onceproof.conformance.history.storage import replace_half_surrogates
from onceproof.conformance.judgement.chaos import (
    describe_chaos,
    is_inconclusive,
    select_checks,
    select_requirements,
)
from onceproof.conformance.judgement.field import describe_beside, describe_oracles, judge_field
from onceproof.conformance.judgement.histories import (
    Histories,
    describe_check,
    describe_faults,
    describe_marks,
    history_files,
    judge_histories,
    load_histories,
)
from onceproof.conformance.judgement.requirements import (
    Evidence,
    TestOutcome,
    count_tests,
    judge_requirements,
)
from onceproof.conformance.register import Requirement as RegisteredRequirement
from onceproof.conformance.register import load_register
from onceproof.conformance.register.deviation import KnownDeviation
from onceproof.conformance.run_folder import EVIDENCE, LANES, explain_missing_results
from onceproof.conformance.secrets import SECRETS
from onceproof.reports.chaos import ChaosEvidence
from onceproof.reports.field import Field
from onceproof.reports.load import Load
from onceproof.reports.outcome import Observations, settle
from onceproof.reports.results import Facts, Harness, Requirement, Results, Run

SCHEMA = "onceproof/evidence/1"


class RunEvidence(msgspec.Struct, kw_only=True):
    """The evidence of one run; the parts of the results document that are not conclusions.

    `start_ns` is the start of the run on the clock of the histories, `known` the requirements of
    each test there is, `histories` the seals by the path of the plain file in the run's folder.
    """

    schema: str = SCHEMA
    harness: Harness
    run: Run
    target: Facts
    stack: Facts
    environment: Facts
    start_ns: int
    known: dict[str, tuple[str, ...]] = {}
    tests: list[TestOutcome] = []
    deviations: list[KnownDeviation] = []
    load: Load | None = None
    chaos: ChaosEvidence | UnsetType = UNSET
    field: Field | UnsetType = UNSET
    interrupted: bool = False
    broken: str | None = None
    histories: dict[str, Seal] = {}


def save_evidence(evidence: RunEvidence, folder: Path) -> None:
    """Pack and seal the histories in `folder`, and write the evidence beside them."""
    for path in history_files(folder):
        if path.exists():
            _pack_if_possible(path)
        evidence.histories[str(path.relative_to(folder))] = seal(path)
    for test in evidence.tests:
        test.message = test.message and _storable(test.message)
        test.observed = tuple(map(_storable, test.observed))
    packed = SECRETS.hide_bytes(msgspec.json.encode(evidence, order="deterministic"))
    (folder / EVIDENCE).write_bytes(msgspec.json.format(packed, indent=2) + b"\n")


def _pack_if_possible(path: Path) -> None:
    """A history on a full disk stays as it is: it is as good, and only larger."""
    try:
        pack(path)
    except OSError as error:
        if not is_full(error):
            raise


def load_evidence(folder: Path) -> RunEvidence:
    """Read the evidence in `folder`.

    Raises UsageError if there is none, DamagedHistory if a seal is broken.
    """
    path = folder / EVIDENCE
    try:
        evidence = msgspec.json.decode(path.read_bytes(), type=RunEvidence)
    except OSError:
        raise UsageError(f"'{folder}' {explain_missing_results(folder)}") from None
    except msgspec.DecodeError as error:
        raise OnceproofError(f"'{path}' is damaged ({error}): restore it") from None
    for name, sealed in evidence.histories.items():
        _check_seal(folder / name, sealed)
    return evidence


def derive_results(evidence: RunEvidence, folder: Path) -> Results:
    """Return the results document that the evidence in `folder` amounts to."""
    histories = load_histories(folder)
    checks = judge_evidence(evidence, histories)
    in_field = evidence.field is not UNSET
    run, start_ns = evidence.run, evidence.start_ns
    chaos = evidence.chaos
    observations = Observations(
        harness=evidence.harness,
        run=run,
        target=evidence.target,
        stack=evidence.stack,
        environment=evidence.environment,
        requirements=_requirements(evidence, checks),
        checks=[describe_check(check, histories, start_ns, run.folder) for check in checks],
        deviations=evidence.deviations,
        marks=[] if in_field else describe_marks(histories),
        faults=[] if in_field else describe_faults(histories, start_ns),
        load=evidence.load,
        chaos=UNSET if chaos is UNSET else describe_chaos(chaos, _only(histories), checks),
        field=evidence.field,
        tests=count_tests(evidence.tests),
    )
    return _withdraw(settle(observations), evidence, checks)


def judge_evidence(evidence: RunEvidence, histories: Histories) -> list[CheckResult]:
    """Run what judges a run of this kind over its histories: the checks, or the field's oracles."""
    if evidence.field is UNSET:
        return judge_histories(histories)
    own = {name: each for name, each in histories.items() if not name.startswith(LANES)}
    beside = {name: each for name, each in histories.items() if name not in own}
    return judge_field(own) + (judge_histories(beside) if beside else [])


def _requirements(evidence: RunEvidence, checks: Sequence[CheckResult]) -> list[Requirement]:
    """A certification answers for the whole register, a chaos for what its history shows, and a
    field run for its oracles, and for the register as far as the suite ran beside them."""
    cut = evidence.interrupted or evidence.broken is not None
    register: Mapping[str, RegisteredRequirement] = load_register()
    by_name = {check.check: check for check in checks}
    tests = {test.nodeid: test for test in evidence.tests}
    if evidence.field is not UNSET:
        oracles = describe_oracles(checks, cut=cut)
        if not evidence.known:
            return oracles
        collected = Evidence(evidence.known, tests, by_name, (), cut)
        return [*oracles, *describe_beside(register.values(), collected, oracles)]
    if evidence.chaos is not UNSET:
        by_name = select_checks(checks, evidence.chaos)
        register = select_requirements(register, by_name)
    collected = Evidence(evidence.known, tests, by_name, tuple(evidence.run.only), cut)
    return judge_requirements(register, collected)


def _withdraw(results: Results, evidence: RunEvidence, checks: Sequence[CheckResult]) -> Results:
    """A run that was interrupted, broken or blind claims nothing, whatever its verdicts so far."""
    status = _status_without_claim(results, evidence, checks)
    if status is None:
        return results
    return structs.replace(results, outcome="inconclusive", exit_status=status)


def _status_without_claim(
    results: Results, evidence: RunEvidence, checks: Sequence[CheckResult]
) -> int | None:
    if evidence.interrupted:
        return INTERRUPTED
    if evidence.broken is not None:
        return HARNESS
    if results.exit_status in (FAILED, HARNESS):
        return None
    if evidence.field is not UNSET:
        return None if evidence.field.accepted else INCONCLUSIVE
    if evidence.chaos is UNSET:
        return None
    counting = select_checks(checks, evidence.chaos)
    return INCONCLUSIVE if is_inconclusive(evidence.chaos, counting) else None


def _only(histories: Histories) -> Sequence[Record]:
    """A chaos has one deployment, and so one history."""
    return next(iter(histories.values()), [])


def _check_seal(path: Path, sealed: Seal) -> None:
    """Raise DamagedHistory unless the history is as the run left it."""
    now = seal(path)
    if now == sealed:
        return
    what = "was altered" if now.records == sealed.records else "is not whole"
    raise DamagedHistory(
        f"history '{path}' {what}: it holds {now.records} records of digest {now.digest}, "
        f"but the run recorded {sealed.records} of {sealed.digest}; {RESTORE}"
    )


def _storable(text: str) -> str:
    escaped: str = replace_half_surrogates(text, "backslashreplace")
    return escaped
