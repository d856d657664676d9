"""Service levels: what a load may cost, and by how much it was missed.

A level is a bound on one figure of one subject. Subjects are the kinds of requests by their names
(`create run`, `first event` ...) with `p50_ms`, `p90_ms`, `p99_ms`, `p999_ms`, `max_ms` and
`failures`; `runs` with `lost`, `duplicated` and `unfinished`; and `backlog` with `growth_pct`, the
share of the accepted runs of the second half of the load by which it fell further behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from onceproof.conformance.errors import UsageError

LATENCIES = ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")
OF_REQUESTS = (*LATENCIES, "failures")
OF_RUNS = ("lost", "duplicated", "unfinished")
GROWTH = "growth_pct"


@dataclass(frozen=True)
class Level:
    """A bound: `figure` of `subject` may be `at_most` so much."""

    subject: str
    figure: str
    at_most: float

    def find_miss(self, seen: float | None) -> str | None:
        """Return a sentence about how far what was seen misses the level, None if it keeps it.

        What was not measured, None, is not kept.
        """
        if seen is None:
            return f"{self.name} is not known: the load had no such requests"
        if seen <= self.at_most:
            return None
        more = f", {100 * (seen / self.at_most - 1):.0f} % too much" if self.at_most else ""
        return f"{self.name} was {seen:,g}, and may be {self.at_most:,g} at most{more}"

    @property
    def name(self) -> str:
        """The figure with its subject and unit."""
        what, _, unit = self.figure.rpartition("_")
        return f"{self.subject}: {f'{what} in {unit}' if what else self.figure}"


def parse_levels(where: str, table: Mapping[str, object]) -> list[Level]:
    """Return the levels of a table: subject -> figure -> bound. UsageError names what is wrong."""
    return [
        _parse_level(where, subject, str(figure), bound)
        for subject, bounds in table.items()
        for figure, bound in _demand_table(where, subject, bounds).items()
    ]


def _demand_table(where: str, subject: str, bounds: object) -> Mapping[object, object]:
    if not isinstance(bounds, dict):
        raise UsageError(f"{where}: give {subject!r} its bounds, as in {{ p99_ms = 100 }}")
    return bounds


def _parse_level(where: str, subject: str, figure: str, bound: object) -> Level:
    figures = {"runs": OF_RUNS, "backlog": (GROWTH,)}.get(subject, OF_REQUESTS)
    if figure not in figures:
        raise UsageError(f"{where}: {subject!r} has no figure {figure!r}: use {', '.join(figures)}")
    if isinstance(bound, bool) or not isinstance(bound, int | float) or bound < 0:
        raise UsageError(f"{where}: the bound {bound!r} of {subject!r} is no number from 0 on")
    return Level(subject, figure, float(bound))
