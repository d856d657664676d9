"""One open event stream: its events, its comments, and how it ended.

Reading never loses data to a time-out: a read that is still under way when a wait ends is kept
and awaited by the next call, because cancelling it would close the connection. Nothing is
read ahead of the consumer beyond one chunk, so a slow consumer is slow on the wire too.

    StreamError
    ├── NotAnEventStream   the answer is an error or of another content type
    ├── StreamTimeout      the event waited for did not come in time
    └── StreamBroken       the connection broke, or gave more than can be kept, before its end
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

import httpx

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.wire.sse import Comment, Excess, SseEvent, SseParser

EVENT_STREAM = "text/event-stream"

#: What `collect` keeps of a stream at most.
MAX_EVENTS = 250_000
MAX_BYTES = 512 * 1024 * 1024


class StreamError(Exception):
    """An event stream did not give what was asked of it; `events` is what came before."""

    def __init__(self, message: str, events: Sequence[SseEvent] = ()) -> None:
        super().__init__(message)
        self.events = list(events)


class NotAnEventStream(StreamError):
    """The answer is an error or of another content type."""


class StreamTimeout(StreamError):
    """The event waited for did not come in time."""


class StreamBroken(StreamError):
    """The connection broke, or gave more than can be kept, before the stream ended."""


class EventStream:
    """Events of one response, by `async for`, `next()` or `collect()`.

    `ended` is None while open, then "eof" (the server ended it), "cut" (closed here) or "error"
    (the connection broke). `last_event_id` is that of the events handed out, None without one.
    `on_event` is called with each of them. `timeout_s` bounds the wait for each event; comments do
    not extend it.
    """

    def __init__(self, response: httpx.Response, *, timeout_s: float) -> None:
        self.response = response
        self.parser = SseParser()
        self.ended: str | None = None
        self.error: Exception | None = None
        self.received = 0
        self.last_event_id: str | None = None
        self.on_event: Callable[[SseEvent], None] | None = None
        self._timeout_s = timeout_s
        self._ready: deque[SseEvent] = deque()
        self._chunks = response.aiter_bytes()
        self._reading: asyncio.Task[tuple[bytes | None, int]] | None = None

    @property
    def comments(self) -> list[Comment]:
        """Comment lines so far, heartbeats among them."""
        return self.parser.comments

    @property
    def ends_inside_event(self) -> bool:
        """Whether the stream ended in the middle of an event."""
        return self.parser.truncated

    def __aiter__(self) -> "EventStream":
        return self

    async def __anext__(self) -> SseEvent:
        event = await self.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def next(self, timeout_s: float | None = None) -> SseEvent | None:
        """Return the next event, None once the stream has ended; raises `StreamError` otherwise."""
        self._demand_event_stream()
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        deadline = time.monotonic() + limit_s
        while not self._ready and self.ended is None:
            if not await self._read(max(0.0, deadline - time.monotonic())):
                raise StreamTimeout(f"no event within {limit_s:g} s on {self._where()}")
        if self._ready:
            return self._deliver(self._ready.popleft())
        if self.ended == "error":
            how = self.error if isinstance(self.error, Excess) else f"broke: {self.error!r}"
            raise StreamBroken(f"{self._where()} {how}") from self.error
        return None

    async def collect(
        self,
        limit: int | None = None,
        until: Callable[[SseEvent], bool] | None = None,
        timeout_s: float | None = None,
    ) -> list[SseEvent]:
        """Collect events until there are `limit`, one satisfies `until`, or the stream ends.

        The whole of it is bounded by `timeout_s`, `MAX_EVENTS` and `MAX_BYTES`; a `StreamError`
        carries what came before.
        """
        events: list[SseEvent] = []
        size = 0
        deadline = time.monotonic() + (self._timeout_s if timeout_s is None else timeout_s)
        try:
            while limit is None or len(events) < limit:
                event = await self.next(max(0.0, deadline - time.monotonic()))
                if event is None:
                    break
                events.append(event)
                size += event.raw_size
                if len(events) > MAX_EVENTS or size > MAX_BYTES:
                    raise StreamBroken(f"{self._where()} of {size} bytes goes on without an end")
                if until is not None and until(event):
                    break
        except StreamError as error:
            error.events = events
            raise
        return events

    async def close(self) -> None:
        """Cut the connection if the stream has not ended; events not yet handed out are dropped."""
        self.ended = self.ended or "cut"
        self._ready.clear()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            # Not `await reading`: that could not tell its cancellation from the caller's.
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()
        await self.response.aclose()

    async def _read(self, wait_s: float) -> bool:
        """Take in one chunk or the end of the stream; False if neither came in time."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._next_chunk())
        done, _ = await asyncio.wait({self._reading}, timeout=wait_s)
        if not done:
            return False
        reading, self._reading = self._reading, None
        try:
            chunk, t_ns = reading.result()
            self._take(chunk, t_ns)
        except (httpx.RequestError, Excess) as error:
            self.ended, self.error = "error", error
            self.parser.close()
        return True

    async def _next_chunk(self) -> tuple[bytes | None, int]:
        chunk = await anext(self._chunks, None)
        return chunk, time.monotonic_ns()

    def _take(self, chunk: bytes | None, t_ns: int) -> None:
        if chunk is None:
            self.ended = "eof"
            self.parser.close()
        else:
            self._ready.extend(self.parser.feed(chunk, t_ns))

    def _deliver(self, event: SseEvent) -> SseEvent:
        self.received += 1
        if event.id is not None:
            self.last_event_id = event.id
        if self.on_event is not None:
            self.on_event(event)
        return event

    def _where(self) -> str:
        request = self.response.request
        return f"the stream of {request.method} {request.url.path} after {self.received} events"

    def _demand_event_stream(self) -> None:
        kind = read_media_type(self.response.headers)
        if self.response.is_success and kind == EVENT_STREAM:
            return
        body = self.response.content[:200].decode("utf-8", "replace") if self._has_body() else ""
        raise NotAnEventStream(
            f"{self._where()} is {self.response.status_code} {kind or 'without content type'}"
            f"{': ' if body else ''}{body}, but should be 200 {EVENT_STREAM}"
        )

    def _has_body(self) -> bool:
        return self.response.is_stream_consumed and self.response.is_error
