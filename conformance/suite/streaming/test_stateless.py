"""Streams of runs without a thread."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.streams import demand_ticks, payloads
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs


@requirement("STR-31")
async def test_a_stateless_run_streams_from_start_to_end(runs: Runs) -> None:
    async with runs.stream(None, "ticks", {"total": 40}, stream_mode=["custom", "values"]) as sub:
        events = await sub.collect()
    same("the first event", events[0].name, "metadata")
    demand_ticks(events, sub.handle.nonce, 40)
    same("`total` in the last values", payloads(events, "values")[-1]["total"], 40)


@requirement("STR-31")
async def test_it_leaves_no_thread_behind(api: Api) -> None:
    body = {"assistant_id": "echo", "input": {"nonce": new_nonce()}, "stream_mode": "values"}
    # Beside the record: no witness sees `echo`, and nothing is left of the run to be read.
    async with api.stream("POST", "/runs/stream", json=body) as stream:
        events = await stream.collect()
    configurable = payloads(events, "values")[-1]["config"]["configurable"]
    path = f"/threads/{configurable['thread_id']}"

    async def status() -> int:
        return (await api.get(path)).status_code

    await expect_eventually("the status of the stateless run's thread", status, 404)
