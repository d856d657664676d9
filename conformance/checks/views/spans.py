"""Times in which something was alive, which must not intersect within their lane."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from onceproof.conformance.checks.result import Notebook
from onceproof.conformance.checks.views.windows import Windows

Lane = tuple[str, ...]

#: How long after a fault was healed and recovered from two may still be alive side by side because
#: of it: whoever has lost learns so when it next extends its lease, or writes.
DEADLINE_S = 10
_DEADLINE = DEADLINE_S * 10**9


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
    """Find clashes that no fault between the two begins excuses; return how many one did.

    An excuse ends: `DEADLINE_S` after the window of the fault at most one of the two lives.
    """
    lawful = 0
    for older, newer in clashes(spans):
        between = (older.start, newer.start)
        ends = [windows.find_end(each.nonce, *between, each.replica) for each in (older, newer)]
        excused_until = max((end for end in ends if end is not None), default=None)
        together = min(older.stop, newer.stop)
        if excused_until is not None and together > excused_until + _DEADLINE:
            notes.find(
                older.nonce,
                f"{older.name} and {newer.name} were both alive{where} long after the fault",
                expected=f"one of them, {DEADLINE_S} s after the end of the fault",
                actual=f"both, {(together - excused_until) / 1e9:.1f} s after it",
                records=(older.begun, newer.begun),
            )
            continue
        if excused_until is not None:
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
