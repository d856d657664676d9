"""Subscriptions: what one connection asked for, every event it got, and how it ended.

A retried run emits again from 0 under a newer token, so the events of one connection fall into
segments, one per token, and only within a segment does `seq` say anything about order.
Control events (`metadata`) are repeated by servers at will on each connection and are left out of
comparisons, as are events that carry another run's nonce (the phantom check's subject).
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import Json

Content = list[Json]
Identity = tuple[Any, ...]
Place = tuple[int, int]  # (token, seq)
CONTROL = frozenset({"metadata"})
TERMINAL_EVENTS = frozenset({"error", "end"})


@dataclass
class Segment:
    """The sequenced events of one attempt, in order of arrival, and their numbers."""

    token: int | None
    events: list[Record] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)

    @cached_property
    def consecutive(self) -> bool:
        """Each number is one more than the one before it."""
        first = self.seqs[0]
        return self.seqs == list(range(first, first + len(self.seqs)))

    @property
    def least(self) -> int:
        """The smallest number."""
        return self.seqs[0] if self.consecutive else min(self.seqs)

    @property
    def greatest(self) -> int:
        """The greatest number."""
        return self.seqs[-1] if self.consecutive else max(self.seqs)


@dataclass
class Subscription:
    """One connection to the stream of one run, from `sub.open` to `sub.close`.

    `strays` are events that carry the nonce of another run.
    """

    key: str
    nonce: str | None
    opened: Record
    events: list[Record] = field(default_factory=list)
    strays: list[Record] = field(default_factory=list)
    closed: Record | None = None
    answered: bool = False

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"subscription {self.key} of run {self.nonce}"

    @property
    def request(self) -> Json:
        """The request: `after`, `from_start`, `resumable`, and `modes` where recorded."""
        return self.opened.value or {}

    @property
    def reason(self) -> str | None:
        """How it ended: "eof", "cut" by the client, "error", None if that was never recorded."""
        return (self.closed.value or {}).get("reason") if self.closed else None

    @property
    def is_resume(self) -> bool:
        """It asked for what comes after an event id, and not for everything."""
        return self.request.get("after") is not None and not self.request.get("from_start")

    @property
    def span(self) -> tuple[int, int]:
        """From the request to the last thing seen, in ns."""
        last = self.closed or (self.events[-1] if self.events else self.opened)
        return self.opened.t, last.t

    @property
    def promising(self) -> bool:
        """It is one to a single run, the server took it up, and what it asks for is kept."""
        return bool(
            self.nonce and (self.answered or self.events) and not self.request.get("expired")
        )

    @cached_property
    def segments(self) -> dict[int | None, Segment]:
        """Sequenced events by token, in the order in which the attempts turned up."""
        return self._by_token[0]

    @property
    def closing(self) -> bool:
        """An event came after one that ends the stream."""
        last = len(self.events) - 1
        return any(name in TERMINAL_EVENTS and n < last for n, name in self._by_token[1])

    @cached_property
    def _by_token(self) -> tuple[dict[int | None, Segment], list[tuple[int, str | None]]]:
        """The segments, and the places and names of the events without a number."""
        found: dict[int | None, Segment] = {}
        others: list[tuple[int, str | None]] = []
        segment = None
        for n, event in enumerate(self.events):
            value = event.value
            seq = value.get("seq")
            if seq is None:
                others.append((n, value.get("name")))
                continue
            token = value.get("token")
            if segment is None or segment.token != token:
                segment = found.setdefault(token, Segment(token))
            segment.events.append(event)
            segment.seqs.append(seq)
        return found, others

    @cached_property
    def whole(self) -> bool:
        """Each segment counts up by one, and each but the first from 0."""
        segments = list(self.segments.values())
        return all(each.consecutive for each in segments) and all(
            each.seqs[0] == 0 for each in segments[1:]
        )

    @cached_property
    def final(self) -> Segment | None:
        """The segment of the newest attempt."""
        return max(self.segments.values(), key=lambda each: each.token or 0, default=None)

    @property
    def total(self) -> int | None:
        """How many events the run says it emits in all."""
        return self.final.events[-1].value.get("total") if self.final else None

    @property
    def starts(self) -> bool:
        """The first sequenced event is the run's first."""
        return bool(self.segments) and next(iter(self.segments.values())).seqs[0] == 0

    @property
    def ends(self) -> bool:
        """The newest attempt's last event was delivered, and the server ended the stream."""
        total = self.total
        reached = self.final is not None and total is not None and self.final.seqs[-1] == total - 1
        return reached and self.reason == "eof"

    @cached_property
    def complete(self) -> bool:
        """It asked from the start, and holds everything up to the end."""
        return bool(self.request.get("from_start") and self.starts and self.whole and self.ends)

    @cached_property
    def content(self) -> Content:
        """What another subscription must have got in the same order: all but control events."""
        values = [each.value for each in self.events]
        for n, name in reversed(self._by_token[1]):
            if name in CONTROL:
                del values[n]
        return values

    @cached_property
    def ids(self) -> list[Any]:
        """The ids of the events, None for one without."""
        return [each.value.get("id") for each in self.events]

    def content_after(self, n: int) -> Content:
        """Return the content after the n-th event."""
        control = sum(place <= n and name in CONTROL for place, name in self._by_token[1])
        return self.content[n + 1 - control :]

    def place(self, n: int) -> Place | None:
        """Return the newest (token, seq) up to the n-th event, (0, -1) before the first one."""
        for event in reversed(self.events[: n + 1]):
            seq = event.value.get("seq")
            if seq is not None:
                return event.value.get("token") or 0, seq
        return (0, -1) if self.request.get("from_start") else None


def same(one: Content, other: Content) -> bool:
    """Return whether two deliveries hold the same events in the same order."""
    return one == other or list(map(identity, one)) == list(map(identity, other))


def difference(one: Content, other: Content) -> int:
    """Find the position of the first event in which they differ."""
    pairs = enumerate(zip(map(identity, one), map(identity, other), strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def identity(value: Json) -> Identity:
    """Return what makes two deliveries the same event, from the value of its record."""
    get = value.get
    return (get("name"), get("id"), get("token"), get("seq"), get("h"), get("digest"))


def show(content: Content, n: int) -> str:
    """Describe the n-th of the events."""
    if n >= len(content):
        return "end of stream"
    name, _, token, seq, h, digest = identity(content[n])
    parts = [("seq", seq), ("token", token), ("h", h), ("digest", digest)]
    return " ".join([str(name), *(f"{what} {part}" for what, part in parts if part is not None)])
