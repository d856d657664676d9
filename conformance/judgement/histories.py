"""What the histories of a run prove: every check over each of them, their faults and marks.

A check that found nothing wrong passes only if some history shows the situation that it is about
(see `conformance.checks.witnessed`).
"""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from onceproof.conformance import checks
from onceproof.conformance.checks import NEEDS, CheckResult, run_all
from onceproof.conformance.checks.combined import combine
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.checks.witnessed import MARKS, count_situations
from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.history import Record, exists, merge
from onceproof.conformance.judgement.attempts import show_attempts
from onceproof.conformance.judgement.timeline import timeline
from onceproof.conformance.run_folder import HISTORY, LANES, LOAD_HISTORY
from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import Check, Fault, Finding, Mark

Histories = Mapping[str, View]


def history_files(folder: Path) -> list[Path]:
    """List the histories below a run's folder, in either form, by the names of the plain ones."""
    own = [path for path in (folder / HISTORY, folder / LOAD_HISTORY) if exists(path)]
    return own + [lane / HISTORY for lane in sorted((folder / LANES).glob("*"))]


def load_histories(folder: Path) -> Histories:
    """Read the records of each deployment of the run, by the file that holds them.

    The load speaks to the deployment of the run's own history, so those two are one.
    """
    files = history_files(folder)
    own = [path for path in files if path.parent == folder]
    histories = {" + ".join(path.name for path in own): View(merge(own))}
    for path in files[len(own) :]:
        histories[str(path.relative_to(folder))] = View(merge([path]))
    return histories


def judge_histories(histories: Mapping[str, Sequence[Record]]) -> list[CheckResult]:
    """Run every check over every history, and return one answer for each check."""
    views = {name: View.of(history) for name, history in histories.items()}
    results = combine({name: run_all(view) for name, view in views.items()})
    marks = count_marks(views)
    return [_demand_mark(result, marks) for result in results]


def count_marks(histories: Histories) -> dict[str, int]:
    """Count how often each situation was witnessed in all histories together."""
    total = Counter(dict.fromkeys(MARKS, 0))
    for view in histories.values():
        total.update(count_situations(view))
    return dict(total)


def describe_marks(histories: Histories) -> list[Mark]:
    """Return the marks' entries in the results document."""
    counts = count_marks(histories)
    return [Mark(mark=name, title=title, count=counts[name]) for name, title in MARKS.items()]


def describe_faults(histories: Mapping[str, Sequence[Record]], start_ns: int) -> list[Fault]:
    """Return the faults of all histories by their time, with the time each was healed."""
    faults = [fault for history in histories.values() for fault in _faults(history, start_ns)]
    return sorted(faults, key=lambda fault: fault.t_s)


def describe_check(check: CheckResult, histories: Histories, start_ns: int, folder: str) -> Check:
    """Return a check's entry in the results document; findings with their timeline and replay."""
    return Check(
        check=check.check,
        verdict=check.verdict,
        reason=check.reason,
        counts=check.counts,
        findings=_describe_findings(check.findings, histories, start_ns, folder),
        findings_total=check.counts.get("findings", len(check.findings)),
        notices=list(check.notices),
    )


def _describe_findings(
    findings: Sequence[checks.Finding], histories: Histories, start_ns: int, folder: str
) -> list[Finding]:
    described = [_describe_finding(each, histories, start_ns, folder) for each in findings]
    for name in dict.fromkeys(each.history for each in findings):
        places = [n for n, each in enumerate(findings) if each.history == name]
        own = [findings[n] for n in places]
        for place, attempts in show_attempts(own, histories[name], start_ns).items():
            at = places[place]
            described[at] = structs.replace(described[at], attempts=attempts)
    return described


def _describe_finding(
    finding: checks.Finding, histories: Histories, start_ns: int, folder: str
) -> Finding:
    """What a check wrote down knows neither the clock of the run nor its folder: both come here."""
    replay = ["onceproof", "recheck", folder, "--only", finding.check, "--key", finding.key]
    return Finding(
        key=finding.key,
        sentence=finding.sentence,
        expected=finding.expected,
        actual=finding.actual,
        records=list(finding.records),
        history=finding.history or None,
        timeline=timeline(histories[finding.history], finding.records, start_ns),
        replay=shlex.join(replay),
    )


def _demand_mark(result: CheckResult, marks: Mapping[str, int]) -> CheckResult:
    need = NEEDS.get(result.check)
    if result.verdict is not Verdict.PASS or need is None or marks[need]:
        return result
    reason = f"nothing was found, but it was never witnessed that {MARKS[need]}"
    return replace(result, verdict=Verdict.INCONCLUSIVE, reason=reason)


def _faults(history: Sequence[Record], start_ns: int) -> list[Fault]:
    faults: list[Fault] = []
    for record in View.of(history).parts.faults:
        at_s = round((record.t - start_ns) / 1e9, 3)
        name, replica = record.op, record.value.get("replica")
        if record.value["phase"] == "inject":
            note = record.value.get("note")
            faults.append(Fault(fault=name, t_s=at_s, replica=replica, note=note))
            continue
        for i, fault in enumerate(faults):
            if (fault.fault, fault.replica, fault.heal_s) == (name, replica, None):
                faults[i] = structs.replace(fault, heal_s=at_s)
                break
        else:
            raise OnceproofError(f"fault {name!r} was healed without having been injected")
    return faults
