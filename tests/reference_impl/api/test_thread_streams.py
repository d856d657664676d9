"""What a thread's stream replays: the rest of the run a reader was cut in, and later runs."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl.api.thread_streams import _past
from onceproof.reference_impl.core.run import Outcome, RunRequest, RunSpec
from onceproof.reference_impl.core.streams.event_ids import START, StreamGap
from tests.reference_impl.queues import own_queue

pytestmark = pytest.mark.anyio

EVENTS = [("metadata", b"{}"), ("custom", b"1"), ("custom", b"2")]


@pytest.fixture
async def services(stack: Stack) -> AsyncIterator[Any]:
    async with own_queue(stack, "streams") as made:
        yield made


async def played(
    services: Any, thread_id: UUID, *, resumable: bool = True, over: bool = True
) -> asyncpg.Record:
    """A run of the thread that has published its three events."""
    spec = RunSpec("plain", stream_resumable=resumable)
    request = RunRequest(uuid4(), thread_id, uuid4(), spec, create_thread=True)
    await services.queue.accept([request])
    [run] = await services.queue.claim(1, "worker")
    began_ms = int(run["updated_at"].timestamp() * 1000)
    address: Any = {"resumable": resumable, "began_ms": began_ms, "thread_id": thread_id}
    await services.broker.publish(run["run_id"], run["attempt"], 0, EVENTS, **address)
    if over:
        await services.queue.finish(run, Outcome("success"))
    return run


async def ids(services: Any, thread_id: UUID, after: str) -> list[str]:
    return [event.id for event in await _past(services, thread_id, after)]


async def test_runs_come_one_after_the_other_each_with_its_end(services: Any) -> None:
    thread_id = uuid4()
    runs = [await played(services, thread_id) for _ in range(2)]
    await played(services, uuid4())
    events = await _past(services, thread_id, START)
    assert [event.name for event in events] == ["metadata", "custom", "custom", "metadata"] * 2
    assert str(runs[0]["run_id"]) in events[3].data
    assert str(runs[1]["run_id"]) in events[7].data


async def test_a_reader_that_was_cut_gets_what_came_after(services: Any) -> None:
    thread_id = uuid4()
    for over in (True, True, False):
        await played(services, thread_id, over=over)
    everything = await ids(services, thread_id, START)
    assert len(everything) == 11
    for place, after in enumerate(everything):
        assert await ids(services, thread_id, after) == everything[place + 1 :]


async def test_what_is_not_resumable_is_not_replayed(services: Any) -> None:
    thread_id = uuid4()
    await played(services, thread_id, resumable=False)
    assert await ids(services, thread_id, START) == []
    await played(services, thread_id)
    assert len(await ids(services, thread_id, START)) == 4


async def test_a_lost_buffer_is_told(services: Any) -> None:
    thread_id = uuid4()
    await played(services, thread_id)
    [*_, before_end, end] = await ids(services, thread_id, START)
    await services.broker._redis.flushall()
    for after in (START, before_end, end):
        with pytest.raises(StreamGap):
            await ids(services, thread_id, after)


async def test_a_buffer_lost_before_the_readers_place_is_no_loss_to_it(services: Any) -> None:
    thread_id = uuid4()
    await played(services, thread_id)
    await services.broker._redis.flushall()
    second = await played(services, thread_id)
    began = int(second["started_at"].timestamp() * 1000)
    rest = [f"{began}-{number}" for number in (2, 3)]
    assert await ids(services, thread_id, f"{began}-1") == rest
