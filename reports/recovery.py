"""Recovery times of a chaos as a table of classes, the same in every report."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from onceproof.reports.chaos import RecoveryTimes

#: Upper bounds of the classes, in seconds; the last class is open.
BOUNDS_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
CLASSES = (*(f"<= {bound:g} s" for bound in BOUNDS_S), f"> {BOUNDS_S[-1]:g} s")


@dataclass(frozen=True)
class RecoveryRow:
    """One kind of time: how many fell into each of `CLASSES`, and the worst."""

    title: str
    counts: Sequence[int]
    worst: str


def tabulate_recovery(times: RecoveryTimes) -> list[RecoveryRow]:
    """Return one row for each kind of time."""
    return [
        _tabulate("heal to the next begin of a step", times.to_begin_s),
        _tabulate("heal to the next end of a step", times.to_end_s),
        _tabulate("lost step to its next attempt", times.picked_up_s),
    ]


def count_by_class(times_s: Iterable[float]) -> list[int]:
    """Count the times in each class of `BOUNDS_S`, and beyond the last bound."""
    counts = [0] * (len(BOUNDS_S) + 1)
    for time_s in times_s:
        counts[bisect_left(BOUNDS_S, time_s)] += 1
    return counts


def _tabulate(title: str, times_s: Sequence[float]) -> RecoveryRow:
    worst = f"{max(times_s):.2f} s" if times_s else "none"
    return RecoveryRow(title, count_by_class(times_s), worst)
