"""The levels of a profile held against what a load came to."""

from collections.abc import Iterable, Sequence

from msgspec import UNSET

from onceproof.load.levels import Level
from onceproof.reports.load import Load, Point


def read_figure(load: Load, level: Level) -> float | None:
    """Return the figure that a level bounds, None where the load has none."""
    if level.subject == "runs":
        return float(getattr(load, f"{level.figure}_total"))
    if level.subject == "backlog":
        return measure_growth(load.series)
    rows = [each for each in load.operations if each.name == level.subject]
    value = getattr(rows[0], level.figure) if rows else None
    return None if value is None or value is UNSET else float(value)


def measure_growth(series: Sequence[Point]) -> float | None:
    """Return by how much of what was accepted the backlog grew in the second half, in percent."""
    half = series[len(series) // 2 : -1]
    accepted = sum(each.accepted_per_s or 0 for each in half)
    finished = sum(each.finished_per_s for each in half)
    return round(100 * max(0.0, accepted - finished) / accepted, 1) if accepted else None


def find_misses(levels: Iterable[Level], load: Load) -> list[str]:
    """Return a sentence for each level that a load misses."""
    return [miss for level in levels if (miss := level.find_miss(read_figure(load, level)))]
