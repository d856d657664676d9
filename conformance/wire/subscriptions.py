"""A recorded subscription to the events of one run.

Every event is recorded with the digest of its data, and an event of the `ticks` probe also
with what it says of itself (seq, total, token, chain value and the nonce of its run), so that
order, completeness and origin are judged by what the graph emitted, never by server ids.
"""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, cast
from uuid import uuid4

import httpx

from onceproof.conformance.history import Kind, Recorder
from onceproof.conformance.history.values import Promise, Tick
from onceproof.conformance.history.vocabulary import Outcome
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import detail_of
from onceproof.conformance.wire.outcomes import classify
from onceproof.conformance.wire.sanitise import fields, number, text
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.streams import EventStream

FROM_START = frozenset({"-1", "0", "-"})
"""The forms of `Last-Event-ID` that ask for the whole stream."""


#: What a tick says of itself.
TICK: dict[str, Callable[[Any], Any]] = {
    "nonce": text,
    "seq": number,
    "total": number,
    "token": number,
    "h": text,
}


def digest(data: bytes) -> str:
    """Compute a short name for some bytes, equal for equal bytes."""
    return blake2b(data, digest_size=8).hexdigest()


def tick_of(event: SseEvent) -> Tick:
    """Return what a tick says of itself; {} for any other event."""
    if event.name.split("|")[0] != "custom":
        return {}
    try:
        payload = event.json()
    except ValueError:
        return {}
    if number(fields(payload).get("seq")) is None:
        return {}
    return cast(Tick, {k: kind(payload[k]) for k, kind in TICK.items() if k in payload})


class Subscription:
    """One subscription: `async for` or `collect()` its events, `cut()` it to leave early.

    It is its own logical client in the history, named `id`. `handle` and `stream` are there once
    the server has answered with a stream.
    """

    handle: RunHandle
    stream: EventStream

    def __init__(self, history: Recorder, nonce: str, promise: Promise) -> None:
        """`promise`: run_id (None if not known yet), after, resumable and from_start."""
        self.id = f"sub-{uuid4().hex[:16]}"
        self.nonce = nonce
        self._history = history
        self._promise = {"nonce": nonce, **promise}
        self._outcome: Outcome | None = None
        self._add("invoke", "sub.open", value=self._promise)

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._outcome is None:
            self._add("info", "sub.open", error=repr(error))
        elif self._outcome == "ok":
            self._add("mark", "sub.close", value=self._ending())

    def accept(self, handle: RunHandle, stream: EventStream) -> None:
        """Accept the stream that the server answered with."""
        self.handle, self.stream = handle, stream
        self._outcome = "ok"
        stream.on_event = self._record
        self._add("ok", "sub.open", value=self._promise | {"run_id": handle.run_id or None})

    def refuse(self, response: httpx.Response) -> None:
        """Record the error that the server answered with."""
        self._outcome = classify(response.status_code)
        self._add(
            self._outcome,
            "sub.open",
            error=detail_of(response),
            http={"status": response.status_code},
        )

    @property
    def last_event_id(self) -> str | None:
        """The id to resume from, None if no event had one."""
        return self.stream.last_event_id

    def __aiter__(self) -> EventStream:
        return self.stream

    async def collect(
        self,
        limit: int | None = None,
        until: Callable[[SseEvent], bool] | None = None,
        timeout_s: float | None = None,
    ) -> list[SseEvent]:
        """Collect as `EventStream.collect` does."""
        return await self.stream.collect(limit, until, timeout_s)

    async def cut(self) -> None:
        """Cut the connection from this side."""
        await self.stream.close()

    def _record(self, event: SseEvent) -> None:
        value: dict[str, object] = {"nonce": self.nonce, "name": event.name, "id": event.id}
        value |= tick_of(event) | {"digest": digest(event.data)}
        self._history.add("event", "sub.event", who=self.id, key=self.id, value=value, t=event.t_ns)

    def _ending(self) -> Mapping[str, str | bool]:
        value: dict[str, str | bool] = {"reason": self.stream.ended or "cut", "nonce": self.nonce}
        if self.stream.ends_inside_event:
            value["truncated"] = True
        return value

    def _add(self, kind: Kind, op: str, **fields: Any) -> None:
        self._history.add(kind, op, who=self.id, key=self.id, **fields)
