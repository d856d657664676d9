"""What the histories of a run prove: every check over each of them, and the faults they tell of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.checks import CheckResult, run_all
from conformance.checks.combined import combined
from conformance.errors import OnceproofError
from conformance.history import Record, merge
from conformance.lanes import FOLDER
from conformance.session import HISTORY

LOAD_HISTORY = "history-load.jsonl"

Histories = dict[str, list[Record]]


def histories(folder: Path) -> Histories:
    """The records of each deployment of the run, by the file that holds them.

    The load speaks to the deployment of the run's own history, so those two are one.
    """
    own = [path for path in (folder / HISTORY, folder / LOAD_HISTORY) if path.exists()]
    found = {" + ".join(path.name for path in own): list(merge(own))}
    for path in sorted((folder / FOLDER).glob(f"*/{HISTORY}")):
        found[str(path.relative_to(folder))] = list(merge([path]))
    return found


def judged(found: Histories) -> list[CheckResult]:
    """Every check over every history, one answer for each check."""
    return combined({name: run_all(history) for name, history in found.items()})


def told_faults(found: Histories, start_ns: int) -> list[dict[str, Any]]:
    """The faults of all histories by their time, with the time each was healed."""
    told = [fault for history in found.values() for fault in _faults(history, start_ns)]
    return sorted(told, key=lambda fault: fault["t_s"])


def told_check(check: CheckResult) -> dict[str, Any]:
    """A check's entry in the results document."""
    return {
        "check": check.check,
        "verdict": check.verdict.value,
        "reason": check.reason,
        "counts": check.counts,
        "findings": [
            {
                "key": f.key,
                "sentence": f.sentence,
                "expected": f.expected,
                "actual": f.actual,
                "records": list(f.records),
                "history": f.history or None,
            }
            for f in check.findings
        ],
        "findings_total": check.counts.get("findings", len(check.findings)),
        "notices": list(check.notices),
    }


def _faults(history: Sequence[Record], start_ns: int) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = []
    for record in history:
        if record.kind != "fault":
            continue
        at_s = round((record.t - start_ns) / 1e9, 3)
        name, replica = record.op, record.value.get("replica")
        if record.value["phase"] == "inject":
            note = record.value.get("note")
            faults.append({"fault": name, "t_s": at_s, "replica": replica, "note": note})
            continue
        for fault in faults:
            if (fault["fault"], fault["replica"]) == (name, replica) and "heal_s" not in fault:
                fault["heal_s"] = at_s
                break
        else:
            raise OnceproofError(f"fault {name!r} was healed without having been injected")
    return faults
