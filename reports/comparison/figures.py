"""Figures of two loads: what was carried, how fast, and whether that got worse beyond noise. Pure.

A figure is a regression only if even the bound that speaks for the new side is worse than what is
allowed: with 10 % allowed, throughput regressed if it fell by more than 10 % for certain.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from onceproof.reports.comparison.bootstrap import Ratio, Statistic, estimate_ratio
from onceproof.reports.results import Load, Point
from onceproof.reports.text import pluralise


@dataclass(frozen=True)
class Metric:
    """What is read of each window of a load, and summed up by `measure`."""

    name: str
    read: Callable[[Point], float | None]
    measure: Statistic
    more_is_better: bool


METRICS = (
    Metric("finished runs/s", lambda point: point.finished_per_s, fmean, True),
    Metric("p50 ms", lambda point: point.p50_ms, median, False),
    Metric("p99 ms", lambda point: point.p99_ms, median, False),
)


@dataclass(frozen=True)
class Figure:
    """One metric on both sides; `ratio` is new over old.

    Where noise is wider than what is allowed, `is_hidden`: a regression is neither seen nor
    excluded.
    """

    name: str
    old: float
    new: float
    ratio: Ratio
    is_regression: bool
    is_hidden: bool


def compare_loads(
    old: Sequence[Load], new: Sequence[Load], allowed: float
) -> tuple[list[Figure], list[str]]:
    """Return the figures that can be compared, and why others cannot, a sentence each.

    `allowed` is the share by which a figure may get worse, such as 0.1.
    """
    if not old and not new:
        return [], []
    if reason := next(_refuse(old, new), None):
        return [], [reason]
    figures, reasons = [], []
    for metric in METRICS:
        try:
            figures.append(_compare(metric, old, new, allowed))
        except ValueError as error:
            reasons.append(f"{metric.name} cannot be compared: {error}")
    return figures, reasons


def _refuse(old: Sequence[Load], new: Sequence[Load]) -> Iterator[str]:
    """Yield why two groups of loads are not of one kind."""
    if not old or not new:
        yield f"only the {'new' if new else 'old'} side has a load, so no figure is compared"
        return
    shapes = [sorted({(load.users, round(load.seconds)) for load in loads}) for loads in (old, new)]
    if shapes[0] != shapes[1] or len(shapes[0]) > 1:
        words = [
            " and ".join(f"{pluralise(users, 'user')} for {seconds} s" for users, seconds in shape)
            for shape in shapes
        ]
        yield f"the loads differ (old: {words[0]}; new: {words[1]}), so no figure is compared"


def _compare(metric: Metric, old: Sequence[Load], new: Sequence[Load], allowed: float) -> Figure:
    before, after = ([_read(metric, load) for load in loads] for loads in (old, new))
    ratio = estimate_ratio(before, after, metric.measure)
    best, worst = _judge_bounds(ratio, metric.more_is_better)
    return Figure(
        name=metric.name,
        old=fmean(map(metric.measure, before)),
        new=fmean(map(metric.measure, after)),
        ratio=ratio,
        is_regression=best > allowed,
        is_hidden=best <= allowed < worst,
    )


def _judge_bounds(ratio: Ratio, more_is_better: bool) -> tuple[float, float]:
    """By which share the figure got worse: at best, and at worst; negative if it got better."""
    losses = [1 - bound if more_is_better else bound - 1 for bound in (ratio.low, ratio.high)]
    return min(losses), max(losses)


def _read(metric: Metric, load: Load) -> list[float]:
    values = (metric.read(point) for point in load.series)
    return [value for value in values if value is not None]
