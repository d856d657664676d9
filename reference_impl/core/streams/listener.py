"""What this process receives from Redis: notices and events, over one self-healing connection.

A subscriber misses nothing from its confirmation on, or learns that it has: a subscription counts
when Redis has confirmed it, and a second confirmation means that the connection was lost between
the two, with whatever was published meanwhile.

A connection can also die without a word, when packets are dropped on the way: nothing comes, as if
nothing had happened anywhere. So a silence is broken by a ping, and one that stays unanswered ends
the connection.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import redis.asyncio as redis
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError

from onceproof.reference_impl.aio import stop_task
from onceproof.reference_impl.core.streams.event_ids import LOST, Event
from onceproof.reference_impl.core.streams.pipeline import Channels
from onceproof.reference_impl.core.streams.subscription import Subscription

log = logging.getLogger(__name__)

SUBSCRIBE_S = 10.0
RECONNECT_S = 0.2
#: The silence after which Redis is asked whether it is still there, and the time it has to answer.
SILENCE_S = 5.0

#: What a connection may meet that breaks or is made anew. AttributeError is redis-py's: its reader
#: reconnects as well, and whoever comes second finds the writer of the first gone. RuntimeError is
#: uvloop's, for a connection that closed under the command.
_RECONNECTING = (RedisError, OSError, AttributeError, RuntimeError)

_batches = msgspec.msgpack.Decoder(list[Event])


class Listening:
    """The subscriptions of one process."""

    def __init__(self, client: redis.Redis):
        self._pubsub = client.pubsub(ignore_subscribe_messages=False)
        self._channels = Channels(self._pubsub)
        self._subscribers: dict[bytes, set[Subscription]] = defaultdict(set)
        self._listeners: dict[bytes, Callable[[bytes], None]] = {}
        self._confirmed: dict[bytes, asyncio.Event] = {}
        self._reader: asyncio.Task[None] | None = None

    async def open(self, hello: bytes) -> None:
        """Start to listen; a channel that is never left shows others that this process is alive."""
        await self._pubsub.subscribe(hello)
        self._reader = asyncio.create_task(self._read(), name="broker-reader")

    async def close(self) -> None:
        await stop_task(self._reader)
        with contextlib.suppress(RedisError, OSError):
            await self._pubsub.aclose()

    async def notices(self, channel: bytes, heard: Callable[[bytes], None]) -> None:
        """Call `heard(payload)` for each message from now on."""
        self._listeners[channel] = heard
        await self._subscribe(channel)

    @asynccontextmanager
    async def events(self, channel: bytes) -> AsyncIterator[Subscription]:
        """Subscribe to the events of a channel; once entered, none is missed unnoticed."""
        mine = Subscription()
        self._subscribers[channel].add(mine)
        try:
            await self._subscribe(channel)
            yield mine
        finally:
            self._subscribers[channel].discard(mine)
            if not self._subscribers[channel]:
                del self._subscribers[channel]
                self._confirmed.pop(channel, None)
                with contextlib.suppress(*_RECONNECTING):
                    await self._channels((False, channel))

    async def _subscribe(self, channel: bytes) -> None:
        confirmed = self._confirmed.get(channel)
        if confirmed is None:
            confirmed = self._confirmed[channel] = asyncio.Event()
            await self._ask_for(channel)
        async with asyncio.timeout(SUBSCRIBE_S):
            await confirmed.wait()

    async def _ask_for(self, channel: bytes) -> None:
        """Ask again while Redis is coming back: the answer to a waiting client has begun."""
        deadline = time.monotonic() + SUBSCRIBE_S
        while True:
            try:
                return await self._channels((True, channel))
            except _RECONNECTING as error:
                if time.monotonic() > deadline:
                    raise RedisAway(f"no subscription: {error}") from error
                await asyncio.sleep(RECONNECT_S)

    async def _read(self) -> None:
        asked = False
        while True:
            try:
                message = await self._pubsub.get_message(timeout=SILENCE_S)
                if message is None:
                    asked = await self._ask(asked)
            except _RECONNECTING as error:
                log.warning("Redis is away (%s); reconnecting", error)
                message, asked = None, False
                await self._reconnect()
            if message is not None:
                asked = False
                self._dispatch(message)

    async def _ask(self, asked: bool) -> bool:
        """Break the silence; RedisAway if that was tried before."""
        if asked:
            raise RedisAway(f"no word for {2 * SILENCE_S:g} s")
        await self._pubsub.ping()
        return True

    async def _reconnect(self) -> None:
        while True:
            await asyncio.sleep(RECONNECT_S)
            try:
                await self._hang_up()
                # redis-py subscribes again to everything when the connection comes back.
                await self._pubsub.connect()
            except _RECONNECTING:
                continue
            return

    async def _hang_up(self) -> None:
        """redis-py takes a connection that died silently for connected."""
        if self._pubsub.connection is not None:
            await self._pubsub.connection.disconnect(nowait=True)

    def _dispatch(self, message: dict[str, Any]) -> None:
        kind, channel = message["type"], message["channel"]
        if kind == "subscribe":
            self._heard_confirmation(channel)
        elif kind != "message":
            return
        elif channel in self._listeners:
            self._listeners[channel](message["data"])
        else:
            for event in _batches.decode(message["data"]):
                for subscriber in self._subscribers.get(channel, ()):
                    subscriber.push(event)

    def _heard_confirmation(self, channel: bytes) -> None:
        """A second one means that the connection was lost and has come back."""
        confirmed = self._confirmed.get(channel)
        if confirmed is not None and confirmed.is_set():
            for subscriber in self._subscribers.get(channel, ()):
                subscriber.push(LOST)
        elif confirmed is not None:
            confirmed.set()
