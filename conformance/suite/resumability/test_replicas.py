"""A stream is resumed on whichever replica the client happens to reach."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, expect, same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.kit.streams import demand_ticks, mode_of, same_sequence
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink

TOTAL = 60
BODY: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}


@requirement("RSM-10")
@pytest.mark.usefixtures("calm")
async def test_a_stream_cut_on_one_replica_goes_on_at_another(
    runs: Runs, api: Api, session: Session
) -> None:
    here, there = require_two_replicas(api)
    input: dict[str, Any] = {"total": TOTAL, "sleep_ms": 5}
    async with runs.stream(await runs.new_thread(), "ticks", input, at=here, **BODY) as sub:
        events = await sub.collect(limit=10)
    for place, limit in ((there, 20), (here, 20), (there, None)):
        async with runs.join_stream(sub.handle, events[-1].id, at=place) as again:
            events += await again.collect(limit=limit)
    demand_ticks(events, sub.handle.nonce, TOTAL)
    assert_checks(session, [sub.handle.nonce], "stream_order", "stream_bounds", "resume_equality")


@requirement("RSM-10")
async def test_two_replicas_replay_the_same_events_under_the_same_ids(
    runs: Runs, api: Api, session: Session
) -> None:
    here, there = require_two_replicas(api)
    input: dict[str, Any] = {"total": TOTAL}
    async with runs.stream(await runs.new_thread(), "ticks", input, at=here, **BODY) as sub:
        whole = [(event.id, event.data) for event in await sub.collect()]
    for place in (here, there):
        async with runs.join_stream(sub.handle, whole[0][0], at=place) as again:
            replayed = [(event.id, event.data) for event in await again.collect()]
        same_sequence(f"events replayed by replica {place}", replayed, whole[1:])


@requirement("REP-01")
async def test_a_client_whose_every_request_goes_elsewhere_sees_one_server(
    runs: Runs, api: Api, sink: Sink
) -> None:
    here, there = require_two_replicas(api)
    thread_id = expect(await api.post("/threads", json={}, at=here))["thread_id"]
    runs.threads.adopt(thread_id)
    with gate(sink, 1) as nonce:
        body: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": True, "nonce": nonce}
        async with runs.stream(thread_id, "chain", {"steps": 2}, at=there, **body) as sub:
            first = await sub.collect(limit=2)
            await sink.async_wait_for(nonce, "begin", step=1)
            same("status elsewhere", await runs.status(sub.handle, at=here), "running")
        thread = expect(await api.get(f"/threads/{thread_id}", at=there))
        same("status of the thread", thread["status"], "busy")
        async with runs.join_stream(sub.handle, first[-1].id, at=here) as again:
            sink.release(nonce)
            rest = await again.collect()
    updates = [event for event in (*first, *rest) if mode_of(event) == "updates"]
    same("nodes", [*map(_node, updates)], ["begin", "step", "step"])
    joined = await runs.join(sub.handle, at=here)
    state = expect(await api.get(f"/threads/{thread_id}/state", at=there))["values"]
    same("the state elsewhere", state, joined)
    same("steps in it", [entry["i"] for entry in joined["log"]], [0, 1])


def _node(event: SseEvent) -> str:
    node: str = next(iter(event.json()))
    return node
