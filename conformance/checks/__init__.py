"""Pure functions from a history to findings; one module per guarantee.

Each module's docstring defines its anomaly, says what it costs, what it assumes, what is lawful,
and what it cannot see. No check reads a clock, a file or the network, so a stored history gives
the same verdicts for ever.
"""

import gc
from collections.abc import Callable, Sequence

from onceproof.conformance.checks.guarantees import (
    assumptions,
    attempt_splice,
    checkpoint_chain,
    created_once,
    cron_ticks,
    cross_talk,
    decided_once,
    duplicate,
    linearizable,
    list_append,
    lost,
    monotonic_status,
    overlap,
    phantom,
    progress,
    recovery,
    resume_equality,
    resurrected,
    stale_commit,
    status_linearizable,
    stream_bounds,
    stream_order,
    subscriber_agreement,
)
from onceproof.conformance.checks.result import CAP, CheckResult, Finding
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.verdict import Verdict

Check = Callable[[Sequence[Record]], CheckResult]

CHECKS: dict[str, Check] = {
    "assumptions": assumptions.check,
    "lost": lost.check,
    "duplicate": duplicate.check,
    "phantom": phantom.check,
    "resurrected": resurrected.check,
    "overlap": overlap.check,
    "stale_commit": stale_commit.check,
    "stream_order": stream_order.check,
    "stream_bounds": stream_bounds.check,
    "resume_equality": resume_equality.check,
    "subscriber_agreement": subscriber_agreement.check,
    "attempt_splice": attempt_splice.check,
    "cross_talk": cross_talk.check,
    "monotonic_status": monotonic_status.check,
    "status_linearizable": status_linearizable.check,
    "list_append": list_append.check,
    "checkpoint_chain": checkpoint_chain.check,
    "progress": progress.check,
    "cron_ticks": cron_ticks.check,
    "recovery": recovery.check,
    "linearizable": linearizable.check,
    "decided_once": decided_once.check,
    "created_once": created_once.check,
}

UNFOUNDED = "not evaluated, because the assumptions about the history failed"


def run_all(history: Sequence[Record]) -> list[CheckResult]:
    """Every check in the order of `CHECKS`, the assumptions first.

    When they fail, the history is no evidence and every other check is INCONCLUSIVE.
    """
    # What is derived from a history refers to nothing that refers back, and it is large: walking
    # it again and again in search of cycles would cost more than the checks.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _run_all(View.of(history))
    finally:
        if collecting:
            gc.enable()


def _run_all(view: View) -> list[CheckResult]:
    first = assumptions.check(view)
    others = [name for name in CHECKS if name != first.check]
    if first.verdict is Verdict.ERROR:
        return [first, *map(_unfounded, others)]
    return [first, *(CHECKS[name](view) for name in others)]


def _unfounded(name: str) -> CheckResult:
    return CheckResult(name, Verdict.INCONCLUSIVE, (), {}, (), UNFOUNDED)


__all__ = ["CAP", "CHECKS", "Check", "CheckResult", "Finding", "run_all"]
