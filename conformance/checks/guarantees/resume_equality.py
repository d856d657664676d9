"""What a client got up to its cut, and what it got after resuming there, is the whole stream.

Definition. Let k be the `Last-Event-ID` of a resumed subscription. Its events must be exactly the
canonical ones after k: compared by name, id, token, seq, hash and digest with a complete
subscription to the same run and filter where there is one, else by their first neighbour (the
first sequenced event follows k's seq, or is 0 of a newer attempt).
Cost: O(events of the run) for each resume.
Assumes: ids are unique within a run; an id that names two events is a finding of its own.
Lawful: differences while a fault was active that says `loses_streams`.
Blind to: a resume at an id that no subscription of the history ever received; a truncated tail
(stream bounds) and disorder within the resumed connection (stream order), which defer to those.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.streams import (
    CONTROL,
    Content,
    Place,
    Subscription,
    difference,
    same,
    show,
)
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 9
NEEDS = "resume-inside-burst"
NOTHING = "no subscription was resumed at an event id that had been received before"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each resumed subscription against what was emitted."""
    notes, view = Notebook("resume_equality"), View.of(history)
    compared = neighbours = unknown = 0
    positions = view.cuts
    for group, complete in view.groups:
        resumed = [each for each in group if each.is_resume and each.whole]
        for each in resumed:
            place = positions.get((each.nonce, str(each.request["after"])))
            tails = [tail for known in complete for tail in _tails(known, each, notes)]
            if view.allowance.loss(each) or (not tails and place is None):
                unknown += 1
            elif tails:
                compared += 1
                _compare(each, tails, notes)
            elif place is not None:
                neighbours += 1
                _follow(each, place, notes)
    return notes.result(
        judged=compared + neighbours,
        nothing=NOTHING,
        compared=compared,
        by_neighbour=neighbours,
        unknown_cuts=unknown,
    )


def _tails(known: Subscription, each: Subscription, notes: Notebook) -> list[Content]:
    """The canonical events after the cut; none if the cut is not among them."""
    after = str(each.request["after"])
    if after not in known.ids:
        return []
    first = known.ids.index(after)
    times = known.ids.count(after)
    if times > 1:
        second = known.ids.index(after, first + 1)
        notes.find(
            each.key,
            f"{each.name} resumed after id {after!r}, which names {times} events",
            expected="one event for each id",
            actual=f"{times} events",
            records=(known.events[first].i, known.events[second].i),
        )
        return []
    return [known.content_after(first)]


def _compare(each: Subscription, tails: list[Content], notes: Notebook) -> None:
    got = each.content
    if any(_equal(got, tail, each.reason) for tail in tails):
        return
    tail = tails[0]
    n = difference(got, tail)
    _find(each, n, notes, expected=show(tail, n), actual=show(got, n))


def _equal(got: Content, tail: Content, reason: str | None) -> bool:
    """Whether `got` is `tail`, or all of it that came before a cut or a truncation."""
    missing = tail[len(got) :]
    truncated = reason != "eof" or any(each.get("seq") is not None for each in missing)
    return same(got, tail[: len(got)]) and (truncated or not missing)


def _follow(each: Subscription, place: Place, notes: Notebook) -> None:
    token, seq = place
    for first in (segment.events[0] for segment in list(each.segments.values())[:1]):
        got = (first.value.get("token") or 0, first.value["seq"])
        if got != (token, seq + 1) and not (got[0] > token and got[1] == 0):
            expected, actual = f"custom seq {seq + 1}", f"custom seq {got[1]}"
            _find(each, 0, notes, expected=expected, actual=actual)


def _find(each: Subscription, n: int, notes: Notebook, *, expected: str, actual: str) -> None:
    counted = [event for event in each.events if event.value.get("name") not in CONTROL]
    at = counted[n].i if n < len(counted) else (each.closed or each.opened).i
    notes.find(
        each.key,
        f"{each.name} resumed after id {each.request['after']!r}: got {actual}, "
        f"but should be {expected}",
        expected=expected,
        actual=actual,
        records=(each.opened.i, at),
    )
