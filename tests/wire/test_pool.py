"""A connection that may still be handed out is never about to be closed."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from onceproof.conformance.wire import pool
from onceproof.conformance.wire.pool import GRACE_S, IDLE_S, Pool, Transport

pytestmark = pytest.mark.anyio


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that answers and keeps its connections open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.readline():
            while await reader.readline() not in (b"\r\n", b""):
                pass
            status = b"500 Oh" if b"/fail" in asked else b"200 OK"
            writer.write(b"HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n" % status)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the pool and its connections take for the time."""
    made = Clock()
    monkeypatch.setattr(pool, "time", made)
    monkeypatch.setattr("httpcore._async.http11.time", made)
    return made


@pytest.mark.parametrize("idle_s", [0.0, IDLE_S - 0.01, IDLE_S + 0.01, IDLE_S + GRACE_S + 0.01])
async def test_no_connection_is_handed_out_that_could_be_closed_before_it_begins(
    url: str, clock: Clock, idle_s: float
) -> None:
    async with httpx.AsyncClient(transport=Transport(), trust_env=False) as client:
        await client.get(url)
        (connection,) = client._transport._pool.connections  # type: ignore[attr-defined]
        clock.now_s += idle_s
        handed_out = connection.is_available()
        clock.now_s += GRACE_S - 0.02
        assert handed_out == (idle_s <= IDLE_S)
        assert not (handed_out and connection.has_expired())


async def test_a_connection_is_used_again_while_it_is_young(url: str) -> None:
    async with httpx.AsyncClient(transport=Transport(), trust_env=False) as client:
        for _ in range(3):
            await client.get(url)
        held = client._transport._pool  # type: ignore[attr-defined]
        assert isinstance(held, Pool)
        assert len(held.connections) == 1


async def test_an_old_connection_is_left_alone_and_closed_in_the_end(
    url: str, clock: Clock
) -> None:
    async with httpx.AsyncClient(transport=Transport(), trust_env=False) as client:
        await client.get(url)
        held = client._transport._pool  # type: ignore[attr-defined]
        (first,) = held.connections
        clock.now_s += IDLE_S + 1
        await client.get(url)
        assert len(held.connections) == 2
        clock.now_s += GRACE_S
        await client.get(url)
        assert first.is_closed()


async def test_a_connection_that_carried_a_server_error_is_not_used_again(url: str) -> None:
    async with httpx.AsyncClient(transport=Transport(), trust_env=False) as client:
        assert (await client.get(f"{url}/fail")).status_code == 500
        assert (await client.get(url)).status_code == 200
        assert len(client._transport._pool.connections) == 2  # type: ignore[attr-defined]
