"""One connection delivers the events of an attempt in order, none missing, none twice.

Definition. Within one subscription and one attempt (token), the sequence numbers that arrived are
consecutive. A number that arrives again is a duplicate; one that arrives after a greater one is a
reorder; one that never arrived between the least and the greatest is a gap.
Cost: O(n) time and, per open attempt, O(events) memory.
Assumes: `seq` is written by the probe and counts its events from 0.
Lawful: a gap in a stream that is delivered at most once and was open during a fault, see
`streams.Allowance`. A duplicate or a reorder within one connection never is, but of a probe without
a sink (token 0), whose attempts look alike, nothing is judged that was open during a fault.
Blind to: what is missing before the first or after the last event that arrived (stream bounds),
and the order between attempts (attempt splice).
"""

from collections.abc import Sequence
from itertools import islice

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.connections import Allowance
from onceproof.conformance.checks.views.streams import Segment, Subscription
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 7
NOTHING = "no subscription received an event that carries a sequence number"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each attempt's events within each subscription."""
    notes, view = Notebook("stream_order"), View.of(history)
    events = segments = 0
    for subscription in view.subscriptions:
        for segment in subscription.segments.values():
            segments += 1
            events += len(segment.events)
            if not segment.consecutive:
                _judge(segment, subscription, view.allowance, notes)
    return notes.result(judged=segments, nothing=NOTHING, sequenced_events=events)


def _judge(
    segment: Segment, subscription: Subscription, allowance: Allowance, notes: Notebook
) -> None:
    if not segment.token and allowance.any_fault.cover(subscription.nonce, *subscription.span):
        notes.notice(f"{subscription.name}: attempts cannot be told apart without a sink")
        return
    seen: dict[int, Record] = {}
    greatest, duplicates, late = segment.events[0], [], []
    for event in segment.events:
        seq = event.value["seq"]
        if seq in seen:
            duplicates.append((seen[seq], event))
        elif seq < greatest.value["seq"]:
            late.append((greatest, event))
        elif seq > greatest.value["seq"]:
            greatest = event
        seen.setdefault(seq, event)
    _find(notes, subscription, "again", duplicates)
    _find(notes, subscription, "late", late)
    missing = max(seen) - min(seen) + 1 - len(seen)
    if missing and allowance.loss(subscription):
        notes.notice(f"{subscription.name} missed {missing} events while a fault was active")
    elif missing:
        _find_gap(notes, subscription, seen, missing)


def _find(
    notes: Notebook, subscription: Subscription, how: str, pairs: list[tuple[Record, Record]]
) -> None:
    if not pairs:
        return
    before, event = pairs[0]
    seq, last = event.value["seq"], before.value["seq"]
    sentence = f"got seq {seq} again" if how == "again" else f"got seq {seq} after {last}"
    more = f", and {len(pairs) - 1} more" if len(pairs) > 1 else ""
    notes.find(
        subscription.key,
        f"{subscription.name}: {sentence}{more}",
        expected=f"{seq} once" if how == "again" else f"{seq} before {last}",
        actual=f"{seq}, …, {seq}" if how == "again" else f"{last}, …, {seq}",
        records=(before.i, event.i),
    )


def _find_gap(
    notes: Notebook, subscription: Subscription, seen: dict[int, Record], count: int
) -> None:
    missing = list(islice((seq for seq in range(min(seen), max(seen)) if seq not in seen), 8))
    before = max(seq for seq in seen if seq < missing[0])
    after = min(seq for seq in seen if seq > missing[0])
    rest = f" and {count - len(missing)} more" if count > len(missing) else ""
    notes.find(
        subscription.key,
        f"{subscription.name}: seq {', '.join(map(str, missing))}{rest} never arrived",
        expected=f"{before}, {missing[0]}, …, {after}",
        actual=f"{before}, {after}",
        records=(seen[before].i, seen[after].i),
    )
