"""Redis has lost what a client has not had yet: it is told so, where silence would look whole."""

from typing import Any

import pytest

from onceproof.conformance.faults import deaf_to_redis, flush_redis
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.streams import demand_ticks, event_names, stream_run
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink

CUTS = 3
TOTAL = 200
PAUSE_MS = 3
BODY: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": True}


@pytest.fixture
def telling(session: Session) -> Session:
    """A session with a target that says when it cannot go on."""
    if not session.stack.redis_uri:
        inconclusive("the target's Redis is not ours to flush")
    return session


@requirement("RSM-X1")
async def test_a_run_that_is_over_cannot_be_resumed_without_its_buffer(
    runs: Runs, telling: Session
) -> None:
    handle, whole = await stream_run(runs, "chain", {"steps": 3}, **BODY)
    await runs.until_terminal(handle)
    with flush_redis(telling):
        for after in (whole[1].id, whole[-1].id, "-"):
            _told(await _resumed(runs, handle, after), telling)


@requirement("RSM-X1")
async def test_nor_can_a_run_under_way(runs: Runs, sink: Sink, telling: Session) -> None:
    with gate(sink, 1) as nonce:
        thread_id = await runs.new_thread()
        async with runs.stream(thread_id, "chain", {"steps": 3}, nonce=nonce, **BODY) as sub:
            before = await sub.collect(limit=3)
            with flush_redis(telling):
                _told(await _resumed(runs, sub.handle, before[1].id), telling)
                sink.release(nonce)
                rest = await sub.collect()
                await runs.until_terminal(sub.handle)
                _told(await _resumed(runs, sub.handle, before[1].id), telling)
                tail = await _resumed(runs, sub.handle, before[2].id)
    # A flush takes nothing from who is listening, nor from who lacks only what came after it.
    same("events that the one who listened got", event_names(rest), ["updates"] * 2)
    same("events after the flush", [e.id for e in tail], [e.id for e in rest])


@pytest.mark.parametrize("resumable", [True, False], ids=["resumable", "not resumable"])
@requirement("RSM-X1")
async def test_a_reader_whose_replica_was_cut_off_has_all_events_or_is_told(
    runs: Runs, telling: Session, resumable: bool
) -> None:
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": resumable}
    given = {"total": TOTAL, "sleep_ms": PAUSE_MS}
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", given, **body) as sub:
        events = await sub.collect(limit=5)
        for _ in range(CUTS):
            with deaf_to_redis(telling):
                events += await sub.collect(limit=10)
        events += await sub.collect()
    if not resumable and events[-1].name == "error":
        _told(events[-1:], telling)
    elif event_names(events).count("custom") < TOTAL and not telling.target.offers("stream-gap"):
        not_applicable("the target does not tell a reader of lost events")
    else:
        demand_ticks(events, sub.handle.nonce, TOTAL)


async def _resumed(runs: Runs, handle: RunHandle, after: str | None) -> list[SseEvent]:
    async with runs.join_stream(handle, after) as sub:
        return await sub.collect(timeout_s=10)


def _told(events: list[SseEvent], session: Session) -> None:
    """The one event is an error that names itself."""
    __tracebackhide__ = True
    if event_names(events) != ["error"] and not session.target.offers("stream-gap"):
        not_applicable("the target does not tell a client that its events are lost")
    same("events of a resumed stream whose buffer is lost", event_names(events), ["error"])
    expect_fields("the error", events[0].json(), ["error", "message"])
    same("the error", events[0].json()["error"], "StreamGap")
