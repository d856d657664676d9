"""Events on their way to Redis: what goes wrong there leaves a gap that shows, or none."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
import uvloop
from redis.asyncio.connection import Connection

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.core.streams.publisher import Publication
from onceproof.reference_impl.settings import Settings

pytestmark = pytest.mark.anyio


class Breaking:
    """A broker that fails in a way that nobody expected, for the batch with a certain event."""

    def __init__(self) -> None:
        self.published: dict[int, str] = {}

    async def publish(
        self, run_id: Any, attempt: int, first: int, events: list[Any], **address: Any
    ) -> bool:
        if any(name == "broken" for name, _ in events):
            raise ZeroDivisionError
        self.published |= {n: name for n, (name, _) in enumerate(events, first)}
        return True


async def test_events_that_are_lost_leave_a_gap_in_the_numbers() -> None:
    broker = Breaking()
    publication = Publication(broker, uuid4(), 1, resumable=True, max_event_bytes=100)  # type: ignore[arg-type]
    publication.emit("first", 0)
    await publication.flush()
    publication.emit("broken", 1)
    with pytest.raises(ZeroDivisionError):
        await publication.flush()
    publication.emit("third", 2)
    await publication.flush()
    assert broker.published == {0: "first", 2: "third"}


def test_a_connection_that_closes_under_a_command_loses_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the loop that serves, which says so in a way of its own."""
    send, closed = Connection.send_packed_command, []

    async def closing(self: Connection, *command: Any, **how: Any) -> None:
        if self._writer and len(closed) < 3 and b"custom" in b"".join(command[0]):
            closed.append(self)
            self._writer.transport.abort()
            await asyncio.sleep(0)
        await send(self, *command, **how)

    monkeypatch.setattr(Connection, "send_packed_command", closing)
    uvloop.run(_publish(stack.redis_uri, 30))
    assert len(closed) == 3


async def _publish(redis_uri: str, count: int) -> None:
    settings = Settings(database_uri="postgres://unused/db", redis_uri=redis_uri)
    broker, run_id = Broker(redis_uri, "cuts", settings), uuid4()
    await broker.open()
    publication = Publication(broker, run_id, 1, resumable=True, max_event_bytes=1000)
    for n in range(count):
        publication.emit("custom", n)
        await publication.flush()
    replayed = await broker.replay(run_id, "0-0")
    await broker.close()
    assert [event.data for event in replayed] == [str(n) for n in range(count)]


async def test_a_run_that_begins_to_publish_while_its_buffer_is_read_is_no_gap(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(database_uri="postgres://unused/db", redis_uri=stack.redis_uri)
    broker, run_id = Broker(stack.redis_uri, "begins", settings), uuid4()
    read = broker._redis.xrange

    async def read_too_early(*asked: Any, **how: Any) -> Any:
        monkeypatch.undo()
        found = await read(*asked, **how)
        await broker.publish(run_id, 1, 0, [("custom", b"0")], resumable=True)
        return found

    monkeypatch.setattr(broker._redis, "xrange", read_too_early)
    replayed = await broker.replay(run_id, "0-0")
    await broker.close()
    assert [event.data for event in replayed] == ["0"]
