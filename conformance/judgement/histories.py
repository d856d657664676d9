"""What the histories of a run prove: every check over each of them, and what they tell of.

A check that found nothing wrong passes only if some history shows the situation that it is about
(see `conformance.checks.witnessed`).
"""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from onceproof.conformance.checks import NEEDS, CheckResult, Finding, run_all
from onceproof.conformance.checks.combined import combined
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.checks.witnessed import MARKS, witnessed
from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.history import Record, exists, merge
from onceproof.conformance.judgement.timeline import timeline
from onceproof.conformance.run_folder import HISTORY, LANES, LOAD_HISTORY
from onceproof.conformance.verdict import Verdict

Histories = Mapping[str, View]


def history_files(folder: Path) -> list[Path]:
    """The histories below a run's folder, in either form, by the names of the plain ones."""
    own = [path for path in (folder / HISTORY, folder / LOAD_HISTORY) if exists(path)]
    return own + [lane / HISTORY for lane in sorted((folder / LANES).glob("*"))]


def histories(folder: Path) -> Histories:
    """The records of each deployment of the run, by the file that holds them.

    The load speaks to the deployment of the run's own history, so those two are one.
    """
    files = history_files(folder)
    own = [path for path in files if path.parent == folder]
    found = {" + ".join(path.name for path in own): View(merge(own))}
    for path in files[len(own) :]:
        found[str(path.relative_to(folder))] = View(merge([path]))
    return found


def judged(found: Mapping[str, Sequence[Record]]) -> list[CheckResult]:
    """Every check over every history, one answer for each check."""
    views = {name: View.of(history) for name, history in found.items()}
    results = combined({name: run_all(view) for name, view in views.items()})
    marks = marked(views)
    return [_demanding(result, marks) for result in results]


def marked(found: Histories) -> dict[str, int]:
    """How often each situation was witnessed in all histories together."""
    total = Counter(dict.fromkeys(MARKS, 0))
    for view in found.values():
        total.update(witnessed(view))
    return dict(total)


def told_marks(found: Histories) -> list[dict[str, Any]]:
    """The marks' entries in the results document."""
    counts = marked(found)
    return [{"mark": name, "title": title, "count": counts[name]} for name, title in MARKS.items()]


def told_faults(found: Mapping[str, Sequence[Record]], start_ns: int) -> list[dict[str, Any]]:
    """The faults of all histories by their time, with the time each was healed."""
    told = [fault for history in found.values() for fault in _faults(history, start_ns)]
    return sorted(told, key=lambda fault: fault["t_s"])


def told_check(check: CheckResult, found: Histories, start_ns: int, folder: str) -> dict[str, Any]:
    """A check's entry in the results document; findings with their timeline and replay."""
    return {
        "check": check.check,
        "verdict": check.verdict.value,
        "reason": check.reason,
        "counts": check.counts,
        "findings": [_told_finding(each, found, start_ns, folder) for each in check.findings],
        "findings_total": check.counts.get("findings", len(check.findings)),
        "notices": list(check.notices),
    }


def _told_finding(finding: Finding, found: Histories, start_ns: int, folder: str) -> dict[str, Any]:
    replay = ["onceproof", "recheck", folder, "--only", finding.check, "--key", finding.key]
    return {
        "key": finding.key,
        "sentence": finding.sentence,
        "expected": finding.expected,
        "actual": finding.actual,
        "records": list(finding.records),
        "history": finding.history or None,
        "timeline": timeline(found[finding.history], finding.records, start_ns),
        "replay": shlex.join(replay),
    }


def _demanding(result: CheckResult, marks: Mapping[str, int]) -> CheckResult:
    need = NEEDS.get(result.check)
    if result.verdict is not Verdict.PASS or need is None or marks[need]:
        return result
    reason = f"nothing was found, but it was never witnessed that {MARKS[need]}"
    return replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason)


def _faults(history: Sequence[Record], start_ns: int) -> list[dict[str, Any]]:
    faults: list[dict[str, Any]] = []
    for record in View.of(history).parts.faults:
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
