"""Times in which something was alive, which must not intersect within their lane."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from onceproof.conformance.checks.result import Notebook
from onceproof.conformance.checks.views.windows import Windows

Lane = tuple[str, ...]


class Span(NamedTuple):
    """A time in which something was alive, in ns; `begun` is a record's index."""

    start: int
    stop: int
    token: int
    nonce: str
    name: str
    begun: int
    replica: str | None = None


def clashes(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Return, for each span that begins within an older one, the newest such one and itself.

    Of all its pairs this leaves the least time for a fault to excuse it, so one judges them all
    (but not for a fault that names one of three runs of a thread). Sorted by begin, with a stack
    of those still alive, the newest begin on top: O(n log n).
    """
    found: list[tuple[Span, Span]] = []
    alive: list[Span] = []
    for span in sorted(spans):
        while alive and alive[-1].stop <= span.start:
            alive.pop()
        if alive:
            found.append((alive[-1], span))
        alive.append(span)
    return found


def judge_lane(
    lane: Lane, spans: Sequence[Span], windows: Windows, notes: Notebook, where: str = ""
) -> int:
    """Find clashes that no fault between the two begins excuses; return how many one did."""
    lawful = 0
    for older, newer in clashes(spans):
        between = (older.start, newer.start)
        if any(windows.cover(each.nonce, *between, each.replica) for each in (older, newer)):
            lawful += 1
            continue
        notes.find(
            newer.nonce,
            f"{newer.name} began{where} while {older.name} was alive",
            expected=f"a begin after {older.stop} ns",
            actual=f"begun at {newer.start} ns",
            records=(older.begun, newer.begun),
        )
    if lawful:
        notes.notice(f"{lawful} overlaps of {' '.join(lane)} during a fault")
    return lawful
