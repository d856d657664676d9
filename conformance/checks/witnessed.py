"""What a run must have lived through before some verdicts mean anything (sometimes-marks).

A server that never lost a lease has not been shown to fence. So each mark says how often its
situation was seen in a history, and a check that needs one which no history shows has nothing to
pass (its `NEEDS`); the situations of the other marks are the luck of a run or of its target. Marks
are left by whoever brought the situation about; some are read off the records.
"""

from collections import Counter

from onceproof.conformance.checks.guarantees import decided_once
from onceproof.conformance.checks.search import names
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.view import View

MARKS = {
    "lease-expired-while-alive": "a lease expired while its worker lived",
    "resume-inside-burst": "a resume was cut inside a burst of events",
    "info-create-recovered": "a create of unknown outcome was recovered",
    "two-replicas-one-run": "two replicas served subscriptions to one run",
    "redis-flushed-with-pending": "Redis was emptied while runs were waiting",
    "cancel-met-completion": "a run completed while it was being cancelled",
    "creations-raced": "several clients created one id at once",
}


def count_situations(view: View) -> dict[str, int]:
    """Count how often each situation of `MARKS` was seen in a history."""
    counts = Counter(mark.op for mark in view.parts.marks)
    counts["lease-expired-while-alive"] += _count_rivals(view)
    counts["resume-inside-burst"] += _count_inside(view)
    counts["cancel-met-completion"] += decided_once.races(view)
    counts["creations-raced"] += names.races(view)
    return {name: counts[name] for name in MARKS}


def _count_rivals(view: View) -> int:
    """Executions during which a newer one of the same step began."""
    newest: dict[tuple[str, str], Execution] = {}
    count = 0
    for execution in view.executions.values():
        older = newest.get((execution.nonce, str(execution.step)))
        count += older is not None and older.start < execution.start < older.stop
        newest[execution.nonce, str(execution.step)] = execution
    return count


def _count_inside(view: View) -> int:
    """Resumes at an event that is neither the last before nor the first of its run."""
    totals = {each.nonce: each.total for each in view.subscriptions if each.total is not None}
    seqs = ((nonce, seq) for (nonce, _), (_, seq) in view.cuts.items())
    return sum(0 <= seq < (totals.get(nonce) or 0) - 1 for nonce, seq in seqs)
