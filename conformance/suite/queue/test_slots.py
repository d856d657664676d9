"""A worker executes as many runs at once as it has slots."""

from collections import Counter

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_per_worker, find_running, hold_runs
from onceproof.conformance.suite.kit.small_deployment import SLOTS, Small
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

QUEUED = 6


@requirement("QUE-09")
async def test_each_worker_fills_its_slots_and_no_more(
    small: Small, small_runs: Runs, sink: Sink
) -> None:
    full = Counter(dict.fromkeys(small.workers, SLOTS))
    async with hold_runs(small_runs, sink, small.slots, QUEUED) as handles:
        same("runs under way in each worker", count_per_worker(small, sink, handles), full)
        for _ in range(QUEUED):
            ended = find_running(sink, handles)[0]
            waiting = [each for each in handles if not sink.executions(each.nonce)]
            sink.release(ended.nonce)
            await sink.async_wait_for(ended.nonce, "end")
            await sink.async_wait_for(waiting[0].nonce, "begin")
            same("runs under way in each worker", count_per_worker(small, sink, handles), full)
    same("statuses", set(await wait_for_ends(small_runs, handles, 30)), {"success"})
