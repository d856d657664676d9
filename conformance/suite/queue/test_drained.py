"""When all runs have ended the queue is empty, by its own count and by the API's."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_runs
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually, wait_for_ends
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

QUEUED = 2
#: Servers may publish figures that are up to a minute old.
PERIOD_S = 70.0


@requirement("QUE-26")
async def test_a_drained_queue_counts_nothing_and_holds_nothing(
    small: Small, small_runs: Runs, sink: Sink
) -> None:
    if not (await small.api.get("/metrics", params={"format": "json"})).is_success:
        inconclusive("the target has no /metrics?format=json to read the queue's depth from")

    async def depth() -> tuple[int, int]:
        return await _depth(small.api)

    async with hold_runs(small_runs, sink, small.slots, QUEUED) as handles:
        full = (QUEUED, small.slots)
        await expect_eventually("(pending, running)", depth, full, within_s=PERIOD_S)
    same("statuses", set(await wait_for_ends(small_runs, handles, 30)), {"success"})
    await expect_eventually("(pending, running) after the drain", depth, (0, 0), within_s=PERIOD_S)
    busy = expect(await small.api.post("/threads/search", json={"status": "busy"}))
    same("busy threads", [thread["thread_id"] for thread in busy], [])
    await expect_no_ghosts(small.api)
    for handle in handles:
        listed = expect(await small.api.get(f"/threads/{handle.thread_id}/runs"))
        same("runs of a thread", [run["status"] for run in listed], ["success"])


async def _depth(api: Api) -> tuple[int, int]:
    queue = expect(await api.get("/metrics", params={"format": "json"}))["queue"]
    return queue["n_pending"], queue["n_running"]
