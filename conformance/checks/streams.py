"""Subscriptions: what one connection asked for, every event it got, and how it ended.

A retried run emits again from 0 under a newer token, so the events of one connection fall into
segments, one per token, and only within a segment does `seq` say anything about order.
Control events (`metadata`) are repeated by servers at will on each connection and are left out of
comparisons, as are events that carry another run's nonce (the phantom check's subject).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.checks.windows import Windows
from conformance.history.record import Record

Content = list[dict[str, Any]]
Identity = tuple[Any, ...]
CONTROL = frozenset({"metadata"})
TERMINAL_EVENTS = frozenset({"error", "end"})


@dataclass(slots=True)
class Segment:
    """The sequenced events of one attempt, in order of arrival, and their numbers."""

    token: int | None
    events: list[Record] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)

    @property
    def consecutive(self) -> bool:
        """Each number is one more than the one before it."""
        first = self.seqs[0]
        return self.seqs == list(range(first, first + len(self.seqs)))


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
    def asked(self) -> dict[str, Any]:
        """The request: `after`, `from_start`, `resumable`, and `modes` where recorded."""
        return self.opened.value or {}

    @property
    def reason(self) -> str | None:
        """How it ended: "eof", "cut" by the client, "error", None if that was never recorded."""
        return (self.closed.value or {}).get("reason") if self.closed else None

    @property
    def resumed(self) -> bool:
        """It asked for what comes after an event id, and not for everything."""
        return self.asked.get("after") is not None and not self.asked.get("from_start")

    @property
    def span(self) -> tuple[int, int]:
        """From the request to the last thing seen, in ns."""
        last = self.closed or (self.events[-1] if self.events else self.opened)
        return self.opened.t, last.t

    @property
    def promising(self) -> bool:
        """It is one to a single run, the server took it up, and what it asks for is kept."""
        return bool(self.nonce and (self.answered or self.events) and not self.asked.get("expired"))

    @property
    def segments(self) -> dict[int | None, Segment]:
        """Sequenced events by token, in the order in which the attempts turned up."""
        return self._sorted[0]

    @property
    def closing(self) -> bool:
        """An event came after one that ends the stream."""
        last = len(self.events) - 1
        return any(name in TERMINAL_EVENTS and n < last for n, name in self._sorted[1])

    @cached_property
    def _sorted(self) -> tuple[dict[int | None, Segment], list[tuple[int, str | None]]]:
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
        newest = max(self.segments, key=lambda token: token or 0, default=None)
        return self.segments.get(newest)

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
        return bool(self.asked.get("from_start") and self.starts and self.whole and self.ends)

    @cached_property
    def content(self) -> Content:
        """What another subscription must have got in the same order: all but control events."""
        values = [each.value for each in self.events]
        for n, name in reversed(self._sorted[1]):
            if name in CONTROL:
                del values[n]
        return values


def same(one: Content, other: Content) -> bool:
    """Whether two deliveries hold the same events in the same order."""
    return one == other or list(map(identity, one)) == list(map(identity, other))


def difference(one: Content, other: Content) -> int:
    """The position of the first event in which they differ."""
    pairs = enumerate(zip(map(identity, one), map(identity, other), strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def identity(value: dict[str, Any]) -> Identity:
    """What makes two deliveries the same event, from the value of its record."""
    get = value.get
    return (get("name"), get("id"), get("token"), get("seq"), get("h"), get("digest"))


def show(content: Content, n: int) -> str:
    """The n-th of the events, in words."""
    if n >= len(content):
        return "end of stream"
    name, _, token, seq, h, digest = identity(content[n])
    parts = [("seq", seq), ("token", token), ("h", h), ("digest", digest)]
    return " ".join([str(name), *(f"{what} {part}" for what, part in parts if part is not None)])


def connections(streams: Iterable[Record]) -> list[Subscription]:
    """Every subscription that was asked for, in the order of the requests."""
    found: list[Subscription] = []
    current: dict[str | None, Subscription] = {}
    for record in streams:
        op, key = record.op, record.key
        if op == "sub.event":
            each = current.get(key)
            if each is not None:
                nonce = record.value.get("nonce")
                own = nonce is None or nonce == each.nonce
                (each.events if own else each.strays).append(record)
        elif op == "sub.open" and record.kind == "invoke":
            value = record.value or {}
            each = current[key] = Subscription(key or "", value.get("nonce"), record)
            found.append(each)
        elif op == "sub.open" and key in current:
            current[key].answered = record.kind == "ok"
        elif op == "sub.close" and key in current:
            current[key].closed = record
    return found


def newest_attempts(found: Iterable[Subscription]) -> dict[str | None, tuple[int, int]]:
    """The newest attempt of each run that any subscription saw, and the total it declared."""
    newest: dict[str | None, tuple[int, int]] = {}
    for each in found:
        total = each.total
        if each.final is not None and total is not None:
            attempt = (each.final.token or 0, total)
            newest[each.nonce] = max(attempt, newest.get(each.nonce, attempt))
    return newest


Place = tuple[int, int]


def cuts(found: Sequence[Subscription]) -> dict[tuple[str | None, str], Place]:
    """Where in its run each event id stands at which a subscription was resumed.

    By (nonce, id): the newest (token, seq) up to it. (0, -1) stands before the first sequenced
    event; an id whose place is unknown is left out.
    """
    wanted: dict[str | None, set[str]] = {}
    for each in found:
        if each.resumed:
            wanted.setdefault(each.nonce, set()).add(str(each.asked["after"]))
    positions: dict[tuple[str | None, str], Place] = {}
    for each in found:
        if each.nonce in wanted:
            _place(each, wanted[each.nonce], positions)
    return positions


def _place(
    each: Subscription, wanted: set[str], positions: dict[tuple[str | None, str], Place]
) -> None:
    at = (0, -1) if each.asked.get("from_start") else None
    for event in each.events:
        value = event.value
        if value.get("seq") is not None:
            at = (value.get("token") or 0, value["seq"])
        if at is not None and value.get("id") in wanted:
            positions.setdefault((each.nonce, value["id"]), at)


class Allowance:
    """When a subscription may lawfully have missed events because the harness broke something.

    A stream that is not resumable is delivered at most once, so any fault during it may cost
    events. A resumable one only loses them to a fault that says `loses_streams` (the buffer itself
    was flushed).
    """

    def __init__(self, any_fault: Windows, faults: Iterable[Record]) -> None:
        self.any_fault = any_fault
        self._losses = Windows(faults, only="loses_streams")

    def loss(self, subscription: Subscription) -> bool:
        """Whether events missing from it are lawful."""
        windows = self._losses if subscription.asked.get("resumable") else self.any_fault
        return windows.cover(subscription.nonce, *subscription.span)


def comparable(found: Sequence[Subscription]) -> list[list[Subscription]]:
    """Subscriptions to the same run with the same filter, together.

    A join that names no modes gets those that the run was created with, which the subscription
    that created it tells.
    """
    created = {
        each.nonce: each.asked.get("modes")
        for each in found
        if each.asked.get("from_start") and each.asked.get("after") is None
    }
    groups: dict[tuple[str | None, frozenset[str]], list[Subscription]] = {}
    for each in found:
        modes = frozenset(each.asked.get("modes") or created.get(each.nonce) or ())
        groups.setdefault((each.nonce, modes), []).append(each)
    return list(groups.values())


def canonical(group: Sequence[Subscription], allowance: Allowance) -> list[Subscription]:
    """The complete subscriptions of a stream, one for each different content.

    More than one means that they disagree, which is the subscriber agreement's finding; a check
    that only needs to know what was emitted accepts any of them.
    """
    found: list[Subscription] = []
    for each in group:
        new = each.complete and not any(same(each.content, known.content) for known in found)
        if new and not allowance.loss(each):
            found.append(each)
    return found
