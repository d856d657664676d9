"""At any instant at most one live execution of a run, and one live run of a queued thread.

Definition. The interval of an execution lasts from `begin` to its last sign at the sink. Two
executions of one step must not intersect; of a run that declares `steps`, which come one after
the other, no two executions at all. Neither may the intervals of two runs of one thread (first
begin to last sign), unless the strategy of one was to interrupt the other. What a run executes
after it was shown to have ended is not taken for one interval with what it did before.
Cost: O(n log n): sorted by begin, and a stack of those still alive, newest begin on top.
Assumes: runs that execute steps side by side do not declare `steps`.
Lawful: an intersection when a fault that concerns one of the two was active between the two
beginnings: a lease may expire while its worker lives. A cancelled or interrupted run is left out:
it may still be winding up when another goes on. Intervals that only touch do not intersect.
Blind to: overlap before the first or after the last sign of an execution, so every finding is
real and some overlaps are not found.
"""

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.reads import Read
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import TERMINAL

PLACE = 5
NOTHING = "the sink saw no execution"
Lane = tuple[str, ...]


class Span(NamedTuple):
    """A time in which something was alive, in ns; `begun` is a record's index."""

    start: int
    stop: int
    token: int
    nonce: str
    name: str
    begun: int
    replica: str | None = None


def check(history: Sequence[Record]) -> CheckResult:
    """Judge executions within each run, then runs within each thread."""
    notes, view = Notebook("overlap"), View.of(history)
    submitted, found = view.runs, view.executions
    lanes: dict[Lane, list[Span]] = {}
    for execution in found.values():
        run = submitted.get(execution.nonce)
        if run is None or not run.disturbed:
            lanes.setdefault(_lane(execution, run), []).append(_span(execution))
    for span, thread_id in _whole_runs(found.values(), view):
        lanes.setdefault(("thread", thread_id), []).append(span)
    lawful = sum(_judge(lane, spans, view.windows, notes) for lane, spans in lanes.items())
    return notes.result(judged=len(found), nothing=NOTHING, lanes=len(lanes), lawful=lawful)


def clashes(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Yield, for each span that begins within an older one, the newest such one and itself.

    Of all its pairs this leaves the least time for a fault to excuse it, so one judges them all
    (but not for a fault that names one of three runs of a thread).
    """
    found: list[tuple[Span, Span]] = []
    alive: list[Span] = []
    for span in sorted(spans):
        while alive and alive[-1].stop <= span.start:
            alive.pop()
        if alive:
            found.append((alive[-1], span))
        alive.append(span)
    return found


def _judge(lane: Lane, spans: list[Span], windows: Windows, notes: Notebook) -> int:
    """Find unexcused clashes; returns how many were excused."""
    lawful = 0
    for older, newer in clashes(spans):
        between = (older.start, newer.start)
        if any(windows.cover(each.nonce, *between, each.replica) for each in (older, newer)):
            lawful += 1
            continue
        where = f" on thread {lane[1]}" if lane[0] == "thread" else ""
        notes.find(
            newer.nonce,
            f"{newer.name} began{where} while {older.name} was alive",
            expected=f"a begin after {older.stop} ns",
            actual=f"begun at {newer.start} ns",
            records=(older.begun, newer.begun),
        )
    if lawful:
        notes.notice(f"{lawful} overlaps of {' '.join(lane)} during a fault")
    return lawful


def _lane(execution: Execution, run: Run | None) -> Lane:
    if run is not None and run.request_field("steps") is not None:
        return ("run", execution.nonce)
    return ("step", execution.nonce, str(execution.step))


def _span(one: Execution) -> Span:
    name = f"step {one.step} of run {one.nonce} (token {one.token})"
    return Span(one.start, one.stop, one.token, one.nonce, name, one.begun, one.replica)


def _whole_runs(found: Iterable[Execution], view: View) -> Iterable[tuple[Span, str]]:
    """The interval of each run that must have its thread to itself, and the thread."""
    by_run: dict[str, list[Execution]] = {}
    for execution in found:
        by_run.setdefault(execution.nonce, []).append(execution)
    for nonce, own in by_run.items():
        run = view.runs.get(nonce)
        if run is None or run.disturbed or run.thread_id is None:
            continue
        for part in _stretches(own, view.reads.get(nonce, ())):
            first, stop = part[0], max(one.stop for one in part)
            span = Span(first.start, stop, first.token, nonce, f"run {nonce}", first.begun)
            yield span, run.thread_id


def _stretches(own: list[Execution], reads: Sequence[Read]) -> list[list[Execution]]:
    """What a run executed until it was shown to have ended, and each execution after that."""
    over_t = min((read.ret for read in reads if read.status in TERMINAL), default=inf)
    before = [one for one in own if one.start <= over_t]
    after = [[one] for one in own if one.start > over_t]
    return [before, *after] if before else after
