"""Every run that the server accepted comes to an end, and its result is there.

Definition. For each run whose create was acknowledged, or was left unknown and then recovered (the
sink or the quiescent read knows it), at a quiescent end: *vanished* if the server does not know it
any more, *stuck* if its status is not terminal, *unsaved* if it succeeded and the state lacks one
of the `steps` its create declared.
Cost: O(n).
Assumes: the mark `quiesced` says `drained` once every run is terminal or the drain deadline has
passed with all faults healed; the quiescent reads (`snap final`) follow it.
Lawful: absence of a run that a delete, a rollback or a stateless clean-up may have removed; of a
stateless run that declares `steps` or `total` the sink must have seen them all.
Blind to: accepted runs that nobody read at the end (counted, and then INCONCLUSIVE); unknown
creates that left no trace, which were perhaps never accepted.
"""

from bisect import bisect_right
from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook, shorten
from onceproof.conformance.checks.views.executions import ended_steps
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import QUIESCED, TERMINAL

PLACE = 1
TERMINALLY = "a terminal status"
NOTHING = "no run was accepted"
UNDRAINED = "runs were read without a drained end before it (mark 'quiesced')"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge every accepted or recovered run."""
    notes, view = Notebook("lost"), View.of(history)
    done, ends = ended_steps(view.executions.values()), _ends(view)
    counts = dict.fromkeys(("accepted", "recovered", "removed", "unread", "undrained"), 0)
    for run in view.runs.values():
        known = run.snap is not None and run.snap.value.get("status") is not None
        if run.has_refusal or not (run.has_ack or known or run.nonce in done):
            continue
        counts["accepted" if run.has_ack else "recovered"] += 1
        special = _judge(run, done, notes) if _is_quiet_at_end(run, ends) else "undrained"
        if special:
            counts[special] += 1
    judged = counts["accepted"] + counts["recovered"] - counts["unread"] - counts["undrained"]
    reason = _reason(counts)
    return notes.result(judged=judged, nothing=reason or NOTHING, open_reason=reason, **counts)


def _judge(run: Run, done: dict[str, set[str]], notes: Notebook) -> str | None:
    """Write findings; returns the count the run belongs to when it has no status at the end."""
    status = run.snap.value.get("status") if run.snap else run.terminal()
    read = bool(run.results) or run.terminal() is not None
    ended = read or _has_all_steps(run, done)
    if status == "success" or (status is None and read and not run.removable):
        _judge_state(run, notes)
    if run.snap is None:
        return None if ended else "unread"
    if status is None and (run.removable or (run.stateless and ended)):
        return "removed"
    unseen = run.stateless and (not done or _steps(run) is None)
    if status is None and (unseen or run.snap.value.get("run_id") is None):
        return "unread"
    if status is None:
        _find(run, "vanished", notes, expected=TERMINALLY, actual="the server does not know it")
    elif status not in TERMINAL:
        _find(run, f"is stuck in {status!r}", notes, expected=TERMINALLY, actual=repr(status))
    return None


def _judge_state(run: Run, notes: Notebook) -> None:
    steps = run.request_field("steps")
    reads = [each.value for each in (run.snap, *reversed(run.results)) if each is not None]
    log = next((read["log"] for read in reads if read.get("log") is not None), None)
    if steps is None or log is None or any(read.get("error") for read in reads):
        return
    saved = {entry["i"] for entry in log if entry["nonce"] == run.nonce}
    missing = [step for step in range(steps) if step not in saved]
    if missing:
        what = f"succeeded, but its state lacks step {shorten(missing)}"
        _find(run, what, notes, expected=f"{steps} steps", actual=str(steps - len(missing)))


def _find(run: Run, what: str, notes: Notebook, *, expected: str, actual: str) -> None:
    known = "accepted" if run.has_ack else "recovered"
    records = [each.i for each in (run.answer or run.call, run.snap) if each is not None]
    notes.find(
        run.nonce,
        f"{known} run {run.nonce} {what}",
        expected=expected,
        actual=actual,
        records=tuple(records),
    )


def _steps(run: Run) -> int | None:
    """How many steps the sink should see; events are counted by `total` and come from one step."""
    return run.request_field("steps") if run.request_field("total") is None else 1


def _has_all_steps(run: Run, done: dict[str, set[str]]) -> bool:
    """Whether the sink saw all of it end."""
    ended, steps = done.get(run.nonce, set()), _steps(run)
    return bool(ended) if steps is None else len(ended) >= steps


def _ends(view: View) -> list[tuple[int, bool]]:
    """The quiescent ends: when, and whether drained."""
    return sorted((each.t, bool(each.value.get("drained"))) for each in view.marks_of(QUIESCED))


def _is_quiet_at_end(run: Run, ends: list[tuple[int, bool]]) -> bool:
    """Whether the quiescent end that the run was last read at was a drained one."""
    at = bisect_right(ends, (run.snap.t, True)) if run.snap else len(ends)
    return at > 0 and ends[at - 1][1] and ends[at - 1][0] >= run.call.t


def _reason(counts: dict[str, int]) -> str | None:
    if counts["undrained"]:
        return UNDRAINED
    if counts["unread"]:
        return f"accepted runs that were not read at the end: {counts['unread']}"
    return None
