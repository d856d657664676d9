"""What a process hears from Redis over a connection that breaks, also without a word."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import msgspec
import pytest
import redis.asyncio as redis

from onceproof.conformance.faults.proxy import Proxy
from onceproof.conformance.stacks import Stack
from onceproof.conformance.stacks.uris import address
from onceproof.reference_impl.core.streams import listener
from onceproof.reference_impl.core.streams.event_ids import LOST, Event
from onceproof.reference_impl.core.streams.listener import Listening

pytestmark = pytest.mark.anyio

CHANNEL = b"test-listening"
EVENT = Event("1-0", "custom", "{}")


@pytest.fixture
def proxy(stack: Stack) -> Iterator[Proxy]:
    with Proxy(address(stack.redis_uri, 6379)) as made:
        yield made


@pytest.fixture
async def here(proxy: Proxy) -> AsyncIterator[Listening]:
    client = redis.Redis(host="127.0.0.1", port=proxy.port)
    made = Listening(client)
    await made.open(b"hello")
    yield made
    await made.close()
    await client.aclose()


async def publish(stack: Stack) -> None:
    async with redis.from_url(stack.redis_uri) as client:
        await client.publish(CHANNEL, msgspec.msgpack.encode([EVENT]))


async def test_a_connection_that_died_without_a_word_is_replaced(
    here: Listening, proxy: Proxy, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "SILENCE_S", 0.1)
    async with here.events(CHANNEL) as heard:
        assert proxy.half_open() > 0
        assert await heard.next(20) == [LOST]
        await publish(stack)
        assert await heard.next(20) == [EVENT]


async def test_a_silence_of_the_living_is_no_loss(
    here: Listening, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "SILENCE_S", 0.05)
    pinged = asyncio.Event()
    ping = here._pubsub.ping

    async def note_ping() -> None:
        await ping()
        pinged.set()

    monkeypatch.setattr(here._pubsub, "ping", note_ping)
    async with here.events(CHANNEL) as heard:
        for _ in range(3):
            pinged.clear()
            await asyncio.wait_for(pinged.wait(), 20)
        await publish(stack)
        assert await heard.next(20) == [EVENT]


async def test_a_connection_that_is_cut_is_replaced(
    here: Listening, proxy: Proxy, stack: Stack
) -> None:
    async with here.events(CHANNEL) as heard:
        proxy.cut()
        assert await heard.next(20) == [LOST]
        await publish(stack)
        assert await heard.next(20) == [EVENT]
