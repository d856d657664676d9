"""A worker executes as many runs at once as it has slots."""

from collections import Counter

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import (
    count_per_worker,
    find_running,
    hold_runs,
)
from onceproof.conformance.suite.kit.small_deployment import SLOTS, Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

QUEUED = 6
#: Several times as many as there are slots.
CROWD = 24


@requirement("QUE-09")
async def test_each_worker_fills_its_slots(small: Small, small_runs: Runs, sink: Sink) -> None:
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


@requirement("QUE-33")
async def test_no_worker_executes_more_runs_at_once_than_it_has_slots(
    small: Small, small_runs: Runs, sink: Sink
) -> None:
    handles = await gather_within_limit(_create_slow(small_runs) for _ in range(CROWD))
    same("statuses", set(await wait_for_ends(small_runs, handles, 60)), {"success"})
    most = _count_at_once(small, sink, handles)
    if max(most.values(), default=0) < SLOTS:
        inconclusive("no worker had all its slots in use")
    beyond = {worker: count for worker, count in most.items() if count > SLOTS}
    same(f"workers that executed more than {SLOTS} runs at once", beyond, {})


async def _create_slow(runs: Runs) -> RunHandle:
    return await runs.create(await runs.new_thread(), "chain", {"steps": 1, "sleep_ms": 150})


def _count_at_once(small: Small, sink: Sink, handles: list[RunHandle]) -> Counter[str]:
    """Count the most runs that each worker was seen to execute at one instant."""
    most: Counter[str] = Counter()
    spans = [one for handle in handles for one in sink.executions(handle.nonce)]
    for one in spans:
        own = small.levers.owner(one.pid, one.host)
        beside = [
            other
            for other in spans
            if other.begin_t <= one.begin_t < other.last_t
            and small.levers.owner(other.pid, other.host) == own
        ]
        most[str(own)] = max(most[str(own)], len(beside))
    return most
