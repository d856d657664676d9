"""Runs are spread over the workers."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_per_worker, hold_runs
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@requirement("REP-07")
async def test_no_worker_is_idle_while_runs_are_queued(
    small: Small, small_runs: Runs, sink: Sink
) -> None:
    if len(small.workers) < 2:
        inconclusive("the target has only one worker")
    async with hold_runs(small_runs, sink, small.slots, 1) as handles:
        busy = set(count_per_worker(small, sink, handles))
        same("workers that execute runs", busy, set(small.workers))
