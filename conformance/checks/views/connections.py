"""All subscriptions of a history: which there are, which belong together, where they were cut."""

from collections.abc import Iterable, Sequence

from onceproof.conformance.checks.views.streams import Place, Subscription, same
from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history.record import Record


def connections(streams: Iterable[Record]) -> list[Subscription]:
    """Return every subscription that was requested, in the order of the requests."""
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
    """Find the newest attempt of each run that any subscription saw, and the total it declared."""
    newest: dict[str | None, tuple[int, int]] = {}
    for each in found:
        total = each.total
        if each.final is not None and total is not None:
            attempt = (each.final.token or 0, total)
            newest[each.nonce] = max(attempt, newest.get(each.nonce, attempt))
    return newest


def cuts(found: Sequence[Subscription]) -> dict[tuple[str | None, str], Place]:
    """Find the place in its run of each event id at which a subscription was resumed.

    By (nonce, id): the newest (token, seq) up to it. (0, -1) stands before the first sequenced
    event; an id whose place is unknown is left out.
    """
    wanted: dict[str | None, set[str]] = {}
    for each in found:
        if each.is_resume:
            wanted.setdefault(each.nonce, set()).add(str(each.request["after"]))
    positions: dict[tuple[str | None, str], Place] = {}
    for each in found:
        for id_ in wanted.get(each.nonce, ()):
            if (each.nonce, id_) not in positions and id_ in each.ids:
                place = each.place(each.ids.index(id_))
                if place is not None:
                    positions[each.nonce, id_] = place
    return positions


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
        """Return whether events may lawfully be missing from it."""
        windows = self._losses if subscription.request.get("resumable") else self.any_fault
        return windows.cover(subscription.nonce, *subscription.span)


def comparable(found: Sequence[Subscription]) -> list[list[Subscription]]:
    """Group the subscriptions to the same run with the same filter.

    A join that names no modes gets those that the run was created with, which the subscription
    that created it tells.
    """
    created = {
        each.nonce: each.request.get("modes")
        for each in found
        if each.request.get("from_start") and each.request.get("after") is None
    }
    groups: dict[tuple[str | None, frozenset[str]], list[Subscription]] = {}
    for each in found:
        modes = frozenset(each.request.get("modes") or created.get(each.nonce) or ())
        groups.setdefault((each.nonce, modes), []).append(each)
    return list(groups.values())


def canonical(group: Sequence[Subscription], allowance: Allowance) -> list[Subscription]:
    """Select the complete subscriptions of a stream, one for each different content.

    More than one means that they disagree, which is the subscriber agreement's finding; a check
    that only needs to know what was emitted accepts any of them.
    """
    found: list[Subscription] = []
    for each in group:
        new = each.complete and not any(same(each.content, known.content) for known in found)
        if new and not allowance.loss(each):
            found.append(each)
    return found
