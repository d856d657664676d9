"""Event ids: what makes one greater than another."""

import re
from collections.abc import Sequence
from itertools import pairwise

from conformance.wire.sse import SseEvent

FORM = re.compile(r"(\d+)-(\d+)")


def increasing(events: Sequence[SseEvent]) -> None:
    """Each event has a greater id than the one before it."""
    __tracebackhide__ = True
    for one, other in pairwise(events):
        if not order(one.id) < order(other.id):
            raise AssertionError(
                f"{other.name!r} has id {other.id!r}, but should have one above {one.id!r}, "
                f"the id of {one.name!r} before it"
            )


def order(event_id: str | None) -> tuple[int, int, str]:
    """What to compare an id by: its numbers if it is made of numbers, else its text."""
    text = event_id or ""
    if match := FORM.fullmatch(text):
        return int(match[1]), int(match[2]), ""
    return (int(text), 0, "") if text.isdigit() else (0, 0, text)
