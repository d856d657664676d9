"""At any instant at most one live execution of a run.

Definition. The interval of an execution lasts from `begin` to its last sign at the sink. Two
executions of one step must not intersect; of a run that declares `steps`, which come one after
the other, no two executions at all.
Cost: O(n log n).
Assumes: runs that execute steps side by side do not declare `steps`.
Lawful: an intersection when a fault that concerns one of the two was active between the two
beginnings: a lease may expire while its worker lives. It has to end within `spans.DEADLINE_S` of
the fault. What a run begins after somebody asked for its cancel, its deletion or another run in its
place: it may still be winding up when another goes on. Intervals that only touch do not intersect.
Blind to: overlap before the first or after the last sign of an execution, so every finding is
real and some overlaps are not found; runs of one thread, which `thread_overlap` judges.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.spans import Lane, Span, judge_lane
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 5
NOTHING = "the sink saw no execution"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge the executions within each run."""
    notes, view = Notebook("overlap"), View.of(history)
    lanes: dict[Lane, list[Span]] = {}
    for execution in view.executions.values():
        run = view.runs.get(execution.nonce)
        if run is None or run.disturbed_t is None or execution.start < run.disturbed_t:
            lanes.setdefault(_lane(execution, run), []).append(_span(execution))
    lawful = sum(judge_lane(lane, spans, view.windows, notes) for lane, spans in lanes.items())
    judged = len(view.executions)
    return notes.result(judged=judged, nothing=NOTHING, lanes=len(lanes), lawful=lawful)


def _lane(execution: Execution, run: Run | None) -> Lane:
    if run is not None and run.request_field("steps") is not None:
        return ("run", execution.nonce)
    return ("step", execution.nonce, str(execution.step))


def _span(one: Execution) -> Span:
    name = f"step {one.step} of run {one.nonce} (token {one.token})"
    return Span(one.start, one.stop, one.token, one.nonce, name, one.begun, one.replica)
