"""Joining the stream of a run that is under way, or over, on any replica and in any number."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.replicas import find_replica_beside
from onceproof.conformance.suite.kit.streams import (
    demand_ticks,
    expect_no_later,
    mode_of,
    payloads,
    same_sequence,
    stream_run,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.subscriptions import Subscription
from onceproof.conformance.witness import Sink

READERS = 20
CLOSE_S = 4.0


@requirement("STR-20")
async def test_joining_midway_delivers_what_follows_and_nothing_before(
    runs: Runs, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    body: dict[str, Any] = {"stream_mode": ["updates"]}
    with gate(sink, 2) as nonce:
        async with runs.stream(thread_id, "chain", {"steps": 4}, nonce=nonce, **body) as first:
            # Once another client has them, the events before the gate lie in the past.
            before = await first.collect(until=_is_update_of(1))
            async with runs.join_stream(first.handle) as joined:
                sink.release(nonce)
                after = await joined.collect()
    same_sequence("steps received before", _steps(before), [0, 1])
    same_sequence("steps received by the client that joined", _steps(after), [2, 3])


@requirement("STR-21")
async def test_joining_a_run_that_is_over_gives_an_empty_stream_that_closes(runs: Runs) -> None:
    handle, _ = await stream_run(runs, "ticks", {"total": 5})
    await runs.until_terminal(handle)
    began = time.monotonic()
    async with runs.join_stream(handle) as joined:
        events = await joined.collect()
    expect_no_later(time.monotonic() - began, CLOSE_S, "the stream of a run that is over")
    same("events of a run that is over", [event.name for event in events], [])


@requirement("STR-23")
@pytest.mark.usefixtures("calm")
async def test_twenty_subscribers_all_receive_every_event(
    runs: Runs, api: Api, sink: Sink, session: Session
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink) as nonce:
        async with AsyncExitStack() as stack:
            input: dict[str, Any] = {"total": 200}
            first = await stack.enter_async_context(
                runs.stream(thread_id, "ticks", input, nonce=nonce, stream_mode="custom", at=0)
            )
            await sink.async_wait_for(nonce, "begin")
            subs = await _join_all(runs, first.handle, stack, READERS, len(api.urls))
            _note_replicas(session, nonce, len(api.urls))
            sink.release(nonce)
            heard = await asyncio.gather(*(sub.collect() for sub in [first, *subs]))
    for events in heard:
        demand_ticks(events, nonce, 200)
    assert_checks(session, [nonce], "subscriber_agreement", "stream_order", "stream_bounds")


@requirement("STR-23")
async def test_a_subscriber_that_leaves_takes_nothing_from_the_others(
    runs: Runs, api: Api, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink) as nonce:
        handle = await runs.create(
            thread_id, "ticks", {"total": 60, "sleep_ms": 2}, nonce=nonce, stream_mode="custom"
        )
        await sink.async_wait_for(nonce, "begin")
        async with AsyncExitStack() as stack:
            stays, *leave = await _join_all(runs, handle, stack, 5, 1)
            sink.release(nonce)
            for count, sub in enumerate(leave, 1):
                await sub.collect(limit=count)
                await sub.cut()
            events = await stays.collect()
    demand_ticks(events, nonce, 60)


@requirement("STR-06", "STR-24")
@pytest.mark.usefixtures("calm")
async def test_a_burst_reaches_each_connection_in_order_and_once(
    runs: Runs, session: Session
) -> None:
    threads = await asyncio.gather(*(runs.new_thread() for _ in range(4)))
    body: dict[str, Any] = {"stream_mode": "custom"}
    streams = await asyncio.gather(
        *(stream_run(runs, "burst", {"total": 500}, thread, **body) for thread in threads)
    )
    for handle, events in streams:
        demand_ticks(events, handle.nonce, 500)
    assert_checks(session, [handle.nonce for handle, _ in streams], "stream_order", "stream_bounds")


@requirement("STR-19", "REP-02")
async def test_replicas_that_do_not_execute_a_run_stream_and_join_it(
    runs: Runs, api: Api, sink: Sink, session: Session
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink) as nonce:
        handle = await runs.create(
            thread_id, "ticks", {"total": 100}, nonce=nonce, stream_mode="custom"
        )
        [execution] = await sink.async_wait_for(nonce, "begin")
        place = api.urls.index(find_replica_beside(session, execution).url or "")
        async with runs.join_stream(handle, at=place) as sub:
            joining = asyncio.create_task(runs.join(handle, at=place))
            sink.release(nonce)
            demand_ticks(await sub.collect(), nonce, 100)
            joined = await joining
    for at in range(len(api.urls)):
        same(f"result joined at replica {at}", await runs.join(handle, at=at), joined)


async def _join_all(
    runs: Runs, handle: RunHandle, stack: AsyncExitStack, count: int, replicas: int
) -> Sequence[Subscription]:
    """Subscriptions that are all open, on all replicas in turn."""
    opening = [runs.join_stream(handle, at=number % replicas) for number in range(count)]
    return [await stack.enter_async_context(each) for each in opening]


def _note_replicas(session: Session, nonce: str, replicas: int) -> None:
    if replicas > 1:
        session.history.add("mark", "two-replicas-one-run", who="harness", value={"nonce": nonce})


def _is_update_of(step: int):
    return lambda event: mode_of(event) == "updates" and _steps([event]) == [step]


def _steps(events: Sequence[SseEvent]) -> list[int]:
    updates = [update.get("step") for update in payloads(events, "updates")]
    return [entry["i"] for update in updates if update for entry in update["log"]]
