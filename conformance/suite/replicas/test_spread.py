"""Runs are spread over the workers."""

from conformance.register.marker import requirement
from conformance.suite.crowd import crowd, per_worker
from conformance.suite.expect import same
from conformance.suite.signals import inconclusive
from conformance.suite.small import Small
from conformance.wire.runs import Runs
from conformance.witness import Sink


@requirement("REP-07")
async def test_no_worker_is_idle_while_runs_are_queued(
    small: Small, small_runs: Runs, sink: Sink
) -> None:
    if len(small.workers) < 2:
        inconclusive("the target has one worker only")
    async with crowd(small_runs, sink, small.slots, 1) as handles:
        busy = set(per_worker(small, sink, handles))
        same("workers that execute runs", busy, set(small.workers))
