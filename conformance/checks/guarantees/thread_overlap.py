"""At any instant at most one live run of a thread.

Definition. The interval of a run lasts from the first `begin` of its executions to their last sign
at the sink. The intervals of two runs of one thread must not intersect. That of a run that somebody
asked to cancel, to delete or to displace lasts until then. What a run executes after it was shown
to have ended is not taken for one interval with what it did before, unless the two meet.
Cost: O(n log n).
Assumes: each create has a nonce of its own.
Lawful: an intersection when a fault that concerns one of the two was active between the two
beginnings: a lease may expire while its worker lives. It has to end within `spans.DEADLINE_S` of
the fault. A run that is to end may be winding up when another goes on. Intervals that only touch do
not intersect.
Blind to: what a run did before its first or after its last sign, so every finding is real and some
are not found; attempts of one run, which `overlap` judges; runs whose thread nobody knows.
"""

from collections.abc import Iterator, Sequence
from math import inf

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.reads import Read
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.spans import Span, judge_lane
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import TERMINAL

PLACE = 26
NOTHING = "the sink saw no run of a thread"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the runs of each thread."""
    notes, view = Notebook("thread_overlap"), View.of(history)
    threads: dict[str, list[Span]] = {}
    judged = 0
    for nonce, own in _by_run(view).items():
        run = view.runs.get(nonce)
        if run is None or run.thread_id is None:
            continue
        judged += 1
        threads.setdefault(run.thread_id, []).extend(_spans(run, own, view))
    lawful = sum(
        judge_lane(("thread", thread_id), spans, view.windows, notes, f" on thread {thread_id}")
        for thread_id, spans in threads.items()
    )
    return notes.result(judged=judged, nothing=NOTHING, threads=len(threads), lawful=lawful)


def _by_run(view: View) -> dict[str, list[Execution]]:
    found: dict[str, list[Execution]] = {}
    for execution in view.executions.values():
        found.setdefault(execution.nonce, []).append(execution)
    return found


def _spans(run: Run, own: list[Execution], view: View) -> Iterator[Span]:
    nonce, until = run.nonce, inf if run.disturbed_t is None else run.disturbed_t
    for part in _stretches(own, view.reads.get(nonce, ())):
        first = part[0]
        if first.start < until:
            stop = int(min(until, max(one.stop for one in part)))
            yield Span(first.start, stop, first.token, nonce, f"run {nonce}", first.begun)


def _stretches(own: list[Execution], reads: Sequence[Read]) -> list[list[Execution]]:
    """What a run executed until it was shown to have ended, and what it did after that.

    Executions that meet are one stretch: two of one run are no two runs of the thread.
    """
    over_t = min((read.ret for read in reads if read.status in TERMINAL), default=inf)
    found: list[list[Execution]] = []
    stop = -inf
    for one in sorted(own, key=lambda each: each.start):
        if found and (one.start <= over_t or one.start < stop):
            found[-1].append(one)
        else:
            found.append([one])
            stop = -inf
        stop = max(stop, one.stop)
    return found
