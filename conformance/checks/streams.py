"""Subscriptions: what one connection asked for, every event it got, and how it ended.

A retried run emits again from 0 under a newer token, so the events of one connection fall into
segments, one per token, and only within a segment does `seq` say anything about order.
Control events (`metadata`) are repeated by servers at will on each connection and are left out of
comparisons, as are events that carry another run's nonce (the phantom check's subject).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.checks.windows import Windows
from conformance.history.record import Record

Identity = tuple[Any, ...]
CONTROL = frozenset({"metadata"})


@dataclass
class Subscription:
    """One connection to the stream of one run, from `sub.open` to `sub.close`."""

    key: str
    nonce: str
    opened: Record
    events: list[Record] = field(default_factory=list)
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

    @cached_property
    def segments(self) -> dict[int | None, list[Record]]:
        """Sequenced events by token, in order of arrival."""
        found: dict[int | None, list[Record]] = {}
        for event in self.events:
            if event.value.get("seq") is not None:
                found.setdefault(event.value.get("token"), []).append(event)
        return found

    @cached_property
    def whole(self) -> bool:
        """Each segment counts up by one, and each but the first from 0."""
        for at, segment in enumerate(self.segments.values()):
            first = segment[0].value["seq"]
            if at and first != 0:
                return False
            if any(each.value["seq"] != seq for seq, each in enumerate(segment, first)):
                return False
        return True

    @cached_property
    def final(self) -> list[Record]:
        """The segment of the newest attempt."""
        newest = max(self.segments, key=lambda token: token or 0, default=None)
        return self.segments.get(newest, [])

    @property
    def total(self) -> int | None:
        """How many events the run says it emits in all."""
        return self.final[-1].value.get("total") if self.final else None

    @property
    def starts(self) -> bool:
        """The first sequenced event is the run's first."""
        return bool(self.segments) and next(iter(self.segments.values()))[0].value["seq"] == 0

    @property
    def ends(self) -> bool:
        """The newest attempt's last event was delivered, and the server ended the stream."""
        total = self.total
        reached = total is not None and self.final[-1].value["seq"] == total - 1
        return reached and self.reason == "eof"

    @cached_property
    def identities(self) -> list[Identity]:
        """What another subscription must have seen in the same order."""
        return [identity(each) for each in self.events if each.value.get("name") not in CONTROL]


def identity(event: Record) -> Identity:
    """What makes two deliveries the same event."""
    get = event.value.get
    return (get("name"), get("id"), get("token"), get("seq"), get("h"), get("digest"))


def show(identities: list[Identity], n: int) -> str:
    """The n-th of the events, in words."""
    if n >= len(identities):
        return "end of stream"
    name, _, token, seq, h, digest = identities[n]
    parts = [("seq", seq), ("token", token), ("h", h), ("digest", digest)]
    return " ".join([str(name), *(f"{what} {part}" for what, part in parts if part is not None)])


def subscriptions(history: Sequence[Record]) -> list[Subscription]:
    """Subscriptions to single runs that the server answered, in the order they were opened.

    One whose request says `expired` (it asked after the retention ended) promises nothing.
    """
    found: list[Subscription] = []
    current: dict[str, Subscription] = {}
    for record in history:
        op, key = record.op, record.key
        if key is None or not op.startswith("sub."):
            continue
        value = record.value or {}
        if op == "sub.event":
            if key in current and value.get("nonce") in (None, current[key].nonce):
                current[key].events.append(record)
        elif op == "sub.close" and key in current:
            current[key].closed = record
        elif op == "sub.open" and record.kind == "invoke":
            if value.get("nonce") and not value.get("expired"):
                current[key] = Subscription(key, value["nonce"], record)
                found.append(current[key])
        elif op == "sub.open" and key in current:
            current[key].answered = record.kind == "ok"
    return [each for each in found if each.answered or each.events]


def newest_attempts(found: Sequence[Subscription]) -> dict[str, tuple[int, int]]:
    """The newest attempt of each run that any subscription saw, and the total it declared."""
    newest: dict[str, tuple[int, int]] = {}
    for each in found:
        if each.total is not None:
            attempt = (each.final[0].value.get("token") or 0, each.total)
            newest[each.nonce] = max(attempt, newest.get(each.nonce, attempt))
    return newest


def cuts(found: Sequence[Subscription]) -> dict[tuple[str, str], tuple[int, int]]:
    """Where in a resumed run an event id stands, by (nonce, id): the newest (token, seq) up to it.

    (0, -1) stands before the first sequenced event; an id whose place is unknown is left out.
    """
    positions: dict[tuple[str, str], tuple[int, int]] = {}
    resumed = {each.nonce for each in found if each.resumed}
    for each in (each for each in found if each.nonce in resumed):
        at = (0, -1) if each.asked.get("from_start") else None
        for event in each.events:
            if event.value.get("seq") is not None:
                at = (event.value.get("token") or 0, event.value["seq"])
            if at is not None and event.value.get("id") is not None:
                positions.setdefault((each.nonce, str(event.value["id"])), at)
    return positions


class Allowance:
    """When a subscription may lawfully have missed events because the harness broke something.

    A stream that is not resumable is delivered at most once, so any fault during it may cost
    events. A resumable one only loses them to a fault that says `loses_streams` (the buffer itself
    was flushed).
    """

    def __init__(self, history: Sequence[Record]) -> None:
        self.any_fault = Windows(history)
        self._losses = Windows(history, only="loses_streams")

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
    groups: dict[tuple[str, frozenset[str]], list[Subscription]] = {}
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
        complete = each.asked.get("from_start") and each.starts and each.whole and each.ends
        new = all(each.identities != known.identities for known in found)
        if complete and new and not allowance.loss(each):
            found.append(each)
    return found
