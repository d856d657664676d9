"""Redis has lost events that a client has not read: it gets an error, not a silent gap."""

from typing import Any

import pytest

from onceproof.conformance.faults import cut_redis_listeners, flush_redis
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.exclusive import require_own_redis
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.streams import demand_ticks, event_names, stream_run
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink

CUTS = 3
TOTAL = 200
PAUSE_MS = 3
BODY: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": True}


@pytest.fixture
def flushable(session: Session) -> Session:
    """A session whose Redis onceproof may flush."""
    require_own_redis(session)
    return session


@requirement("RSM-X1")
async def test_a_run_that_is_over_cannot_be_resumed_without_its_buffer(
    runs: Runs, flushable: Session
) -> None:
    handle, whole = await stream_run(runs, "chain", {"steps": 3}, **BODY)
    await runs.until_terminal(handle)
    with flush_redis(flushable):
        for after in (whole[1].id, whole[-1].id, "-"):
            _expect_gap(await _resume(runs, handle, after), flushable)


@requirement("RSM-X1")
async def test_nor_can_a_run_under_way(runs: Runs, sink: Sink, flushable: Session) -> None:
    with gate(sink, 1) as nonce:
        thread_id = await runs.new_thread()
        async with runs.stream(thread_id, "chain", {"steps": 3}, nonce=nonce, **BODY) as sub:
            before = await sub.collect(limit=3)
            with flush_redis(flushable):
                _expect_gap(await _resume(runs, sub.handle, before[1].id), flushable)
                sink.release(nonce)
                rest = await sub.collect()
                await runs.until_terminal(sub.handle)
                _expect_gap(await _resume(runs, sub.handle, before[1].id), flushable)
                tail = await _resume(runs, sub.handle, before[2].id)
    # A flush takes nothing from who is listening, nor from who lacks only what came after it.
    same("events that the one who listened got", event_names(rest), ["updates"] * 2)
    same("events after the flush", [e.id for e in tail], [e.id for e in rest])


@pytest.mark.parametrize("resumable", [True, False], ids=["resumable", "not resumable"])
@requirement("RSM-X1")
async def test_a_reader_whose_replica_was_cut_off_has_all_events_or_is_told(
    runs: Runs, flushable: Session, resumable: bool
) -> None:
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": resumable}
    input = {"total": TOTAL, "sleep_ms": PAUSE_MS}
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", input, **body) as sub:
        events = await sub.collect(limit=5)
        for _ in range(CUTS):
            with cut_redis_listeners(flushable):
                events += await sub.collect(limit=10)
        events += await sub.collect()
    if not resumable and events[-1].name == "error":
        _expect_gap(events[-1:], flushable)
    elif event_names(events).count("custom") < TOTAL and not flushable.target.offers("stream-gap"):
        not_applicable("the target does not report lost events to a reader")
    else:
        demand_ticks(events, sub.handle.nonce, TOTAL)


async def _resume(runs: Runs, handle: RunHandle, after: str | None) -> list[SseEvent]:
    async with runs.join_stream(handle, after) as sub:
        return await sub.collect(timeout_s=10)


def _expect_gap(events: list[SseEvent], session: Session) -> None:
    """Expect one event, the error StreamGap."""
    __tracebackhide__ = True
    if event_names(events) != ["error"] and not session.target.offers("stream-gap"):
        not_applicable("the target does not report to a client that its events are lost")
    same("events of a resumed stream whose buffer is lost", event_names(events), ["error"])
    expect_fields("the error", events[0].json(), ["error", "message"])
    same("the error", events[0].json()["error"], "StreamGap")
