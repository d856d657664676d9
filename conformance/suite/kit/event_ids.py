"""Event ids: what makes one greater than another."""

import re
from collections.abc import Sequence
from itertools import pairwise

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.sse import SseEvent

FORM = re.compile(r"(\d+)-(\d+)")
NUMBERED = re.compile(r"(.*?)(\d+)")


def expect_increasing_ids(events: Sequence[SseEvent]) -> None:
    """Assert that each event has a greater id than the one before it."""
    __tracebackhide__ = True
    for one, other in pairwise(events):
        if not id_order(one.id) < id_order(other.id):
            raise AssertionError(
                f"{other.name!r} has id {other.id!r}, but should have one above {one.id!r}, "
                f"the id of {one.name!r} before it"
            )


def expect_counting_ids(events: Sequence[SseEvent], session: Session) -> None:
    """Assert that one attempt's event ids share their first part and count from 0 in the second."""
    __tracebackhide__ = True
    parts = [(event.id or "").split("-") for event in events if event.name != "end"]
    wanted = [[parts[0][0], str(number)] for number in range(len(parts))]
    if parts != wanted and not session.target.offers("counted-event-ids"):
        not_applicable("the target's event ids do not count events")
    for one, other in zip(parts, wanted, strict=True):
        same("parts of an event's id", one, other)


def id_order(event_id: str | None) -> tuple[int, int, str]:
    """Return what to compare an id by: the numbers that it is made of or ends in, else its text."""
    text = event_id or ""
    if match := FORM.fullmatch(text):
        return int(match[1]), int(match[2]), ""
    if match := NUMBERED.fullmatch(text):
        return int(match[2]), 0, match[1]
    return 0, 0, text
