"""Redis: wake-ups, cancel notices, and the streams of runs. Losing it loses no run.

Every channel and key starts with the deployment's id, because Redis' pub/sub ignores database
numbers: two deployments that share a server by number would otherwise hear each other.

A batch of events goes out in one script, so that storing (for resumable runs) and publishing are
one step, and so that the same script can refuse a zombie: events of an attempt older than the
newest seen for the run are dropped where they arrive, not where they are read.

An event's id is the millisecond at which its attempt began and its number in the attempt, from 0
and without a gap: two ids show whether anything is missing between them.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisSilent

from onceproof.reference_impl.core.streams.event_ids import ANSWER, Event, StreamGap, follow
from onceproof.reference_impl.core.streams.listener import Listening
from onceproof.reference_impl.core.streams.pipeline import Commands
from onceproof.reference_impl.core.streams.scripts import END_STREAM, LEASE, PUBLISH
from onceproof.reference_impl.core.streams.subscription import Subscription
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

#: Up to this size in bytes an answer is sent along with the notice that the run has ended.
MAX_SENT = 64 * 1024


class Broker:
    """One process' connection to Redis."""

    publish_script = PUBLISH

    def __init__(self, uri: str, deployment_id: str, settings: Settings):
        # A pooled connection may have died unnoticed (a restart, a firewall): the first command on
        # it fails, which must not cost a request or an event. All commands may be repeated.
        # RuntimeError is uvloop's, for a connection that closed under the command.
        self._redis = redis.Redis.from_url(
            uri,
            socket_connect_timeout=5,
            socket_timeout=10,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.01), retries=4),
            retry_on_error=[RedisAway, RedisSilent, RuntimeError],
        )
        self._settings = settings
        self._deployment_id = deployment_id
        self._space = f"{settings.redis_key_prefix}{deployment_id}:"
        self._script = self._redis.register_script(self.publish_script)
        self._end = self._redis.register_script(END_STREAM)
        self._commands = Commands(self._redis)
        self._listening = Listening(self._redis)
        #: Events of superseded attempts that were not published.
        self.refused = 0

    async def open(self) -> None:
        """Check that Redis answers and start listening."""
        await self._redis.ping()
        await self._listening.open(self._name("hello"))

    async def close(self) -> None:
        await self._listening.close()
        await self._redis.aclose()

    async def ping(self) -> None:
        """Check that Redis answers; raises what the driver raises."""
        await asyncio.wait_for(self._redis.ping(), 2)

    # -- who uses this Redis number ---------------------------------------------------------------

    async def lease(self, place: int, seconds: float) -> tuple[str, int]:
        """Take this Redis number if it is free; returns which deployment has it, and its place."""
        key = f"{self._settings.redis_key_prefix}agent-server:holder"
        offer, ms = f"{self._deployment_id} {place}", int(seconds * 1000)
        held = await self._redis.eval(LEASE, 1, key, offer, self._deployment_id, ms)
        holder, _, number = held.decode().partition(" ")
        return holder, int(number)

    async def heard_by(self, deployment_id: str) -> bool:
        """Return whether a process of that deployment is connected to this Redis now."""
        channel = f"{self._settings.redis_key_prefix}{deployment_id}:hello"
        return bool((await self._redis.pubsub_numsub(channel))[0][1])

    # -- notices ---------------------------------------------------------------------------------

    async def listen(self, topic: str, heard: Callable[[bytes], None]) -> None:
        """Call `heard(payload)` for each notice on `topic` from now on."""
        await self._listening.notices(self._name(topic), heard)

    async def notify(self, topic: str, payload: str = "") -> None:
        """Notify all processes. What Redis cannot take is dropped: a poll backs up each notice."""
        try:
            await self._commands(("PUBLISH", self._name(topic), payload))
        except (RedisError, OSError) as error:
            log.warning("Redis did not take a %r notice (%s); the poll will find it", topic, error)

    # -- streams ---------------------------------------------------------------------------------

    async def publish(
        self,
        run_id: UUID,
        attempt: int,
        first: int,
        events: list[tuple[str, bytes]],
        *,
        resumable: bool,
        began_ms: int = 1,
        thread_id: UUID | None = None,
    ) -> bool:
        """Publish a batch in order; False if a newer attempt has published already."""
        arguments: list[Any] = [
            attempt,
            self._settings.resumable_ttl_s if resumable else 0,
            self._stream(run_id),
            self._thread(thread_id),
            first,
            began_ms,
        ]
        for name, data in events:
            arguments += (name, data)
        keys = [self._buffer(run_id), self._progress(run_id)]
        done = int(await self._call(self._script, keys, arguments))
        if done < 0:
            self.refused += len(events)
        return done >= 0

    async def end(self, run_id: UUID, answer: bytes | None = None) -> None:
        """Notify every reader that the run is over. Nothing may be published for it afterwards.

        Clients that wait get `answer`; without one, or with a large one, they look it up.
        """
        channels: list[Any] = [self._stream(run_id), self._end_channel(run_id)]
        keys = [self._buffer(run_id), self._progress(run_id)]
        notice = ("", "end") if answer is None or len(answer) > MAX_SENT else (ANSWER, answer)
        more: list[Any] = [self._settings.resumable_ttl_s, encode_end(run_id), *notice]
        try:
            await self._call(self._end, keys, [*channels, *more])
        except (RedisError, OSError) as error:
            log.warning(
                "Redis did not take the end of run %s (%s); readers poll Postgres", run_id, error
            )

    async def read_end(self, run_id: UUID) -> Event:
        """Return the end event that readers of the run received, or would receive; see `is_end`."""
        reached: Any = None
        with contextlib.suppress(RedisError, OSError):
            reached = await self._redis.get(self._progress(run_id))
        if reached is None:
            return Event("", "", "end")
        _, number, began, _ = reached.decode().split(":", 3)
        return Event(f"{began}-{number}", "", "end")

    async def publish_to_thread(self, thread_id: UUID, event: Event) -> None:
        """Send the event to those who read the thread's stream."""
        batch = msgspec.msgpack.encode([event])
        with contextlib.suppress(RedisError, OSError):
            await self._redis.publish(self._thread(thread_id), batch)

    async def is_read(self, thread_id: UUID) -> bool:
        """Return whether anybody reads the thread's stream."""
        channel = self._thread(thread_id)
        with contextlib.suppress(RedisError, OSError):
            return bool((await self._redis.pubsub_numsub(channel))[0][1])
        return False

    @asynccontextmanager
    async def subscribe(
        self, run_id: UUID, *, only_end: bool = False
    ) -> AsyncIterator[Subscription]:
        """Subscribe to a run's events, or just its end; once entered, nothing is missed."""
        channel = self._end_channel(run_id) if only_end else self._stream(run_id)
        async with self._listening.events(channel) as mine:
            yield mine

    @asynccontextmanager
    async def subscribe_thread(self, thread_id: UUID) -> AsyncIterator[Subscription]:
        """Subscribe to the events of all runs of a thread, and to changes of its state."""
        async with self._listening.events(self._thread(thread_id)) as mine:
            yield mine

    async def replay(self, run_id: UUID, after: str) -> list[Event]:
        """Return buffered events with an id beyond `after` ('0-0': all), in order.

        Raises StreamGap if the buffer may not continue right there, as after a FLUSHALL: silence
        would look like a complete stream.
        """
        events = await self._read_buffer(run_id, after)
        if not events:
            reached = await self.read_end(run_id)
            # The run may have begun to publish since; everything `reached` counts is there by now.
            events = await self._read_buffer(run_id, after)
            if not events:
                follow(after, reached)
                return []
        if events[0].id == after:
            return events[1:]
        follow(after, events[0])
        return events

    async def _read_buffer(self, run_id: UUID, first: str) -> list[Event]:
        entries: list[Any] = await self._redis.xrange(self._buffer(run_id), min=first)  # type: ignore[assignment]
        return [Event(i.decode(), f[b"n"].decode(), f[b"d"].decode()) for i, f in entries]

    async def whole(self, event: Event) -> Event:
        """Load the data of a large event from Redis; raises StreamGap if it is lost."""
        if event.elsewhere is None:
            return event
        data: Any = await self._redis.get(event.elsewhere)
        if data is None:
            raise StreamGap(event.id)
        return event._replace(data=data.decode())

    async def _call(self, script: AsyncScript, keys: list[Any], arguments: list[Any]) -> Any:
        try:
            return await self._commands(("EVALSHA", script.sha, len(keys), *keys, *arguments))
        except NoScriptError:  # Redis is new, or was flushed: this sends the script along
            return await script(keys=keys, args=arguments)

    # -- inside ----------------------------------------------------------------------------------

    def _name(self, topic: str) -> bytes:
        return f"{self._space}{topic}".encode()

    def _stream(self, run_id: UUID) -> bytes:
        return self._name(f"stream:{run_id}")

    def _end_channel(self, run_id: UUID) -> bytes:
        return self._name(f"ended:{run_id}")

    def _buffer(self, run_id: UUID) -> bytes:
        return self._name(f"buffer:{{{run_id}}}")

    def _thread(self, thread_id: UUID | None) -> bytes:
        return self._name(f"thread:{thread_id}")

    def _progress(self, run_id: UUID) -> bytes:
        return self._name(f"progress:{{{run_id}}}")


def encode_end(run_id: UUID) -> str:
    """Encode the event that ends a run in its thread's stream."""
    return msgspec.json.encode({"status": "run_done", "run_id": run_id}).decode()
