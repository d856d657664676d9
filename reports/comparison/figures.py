"""Figures of two loads: what was carried, how fast, and whether that got worse beyond noise. Pure.

A figure is a regression only if even the bound that speaks for the new side is worse than what is
allowed: with 10 % allowed, throughput regressed if it fell by more than 10 % for certain.

What a clock measures depends on what else the machine does: on a shared one, runs of one build
differ by a quarter, and by a factor of three when others take all of it. The CPU time that the
server spends on a run depends on that little, and what remains slows down the load's own work
alike. So the load's own CPU time is the gauge: the bounds of the clock's figures are widened by
what it says of the machine, and where the same harness has loaded both sides, the server's CPU time
is measured by it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean, median

from onceproof.reports.comparison.bootstrap import FEWEST_WINDOWS, Figures, Ratio, estimate_ratio
from onceproof.reports.load import Load, Point
from onceproof.reports.text import pluralise

Windows = Sequence[Point]


@dataclass(frozen=True)
class Metric:
    """A figure of the windows of a load: `show` for readers, `measure` for comparing.

    `spread` is the standard deviation of its logarithm over runs of one build, as measured on a
    machine that others used, too (`tests/comparison/show.py`).
    """

    name: str
    show: Callable[[Windows], float]
    measure: Callable[[Windows], float]
    spread: float
    more_is_better: bool = False
    #: By how many percent it moves if the load's own CPU time per run moves by one.
    follows: float = 4.0


def _measure_rate(windows: Windows) -> float:
    return fmean(point.finished_per_s for point in windows)


def _measure_p50(windows: Windows) -> float:
    return median([point.p50_ms for point in windows if point.p50_ms] or [0.0])


def _measure_p99(windows: Windows) -> float:
    return median([point.p99_ms for point in windows if point.p99_ms] or [0.0])


def _measure_cpu(windows: Windows) -> float:
    """Milliseconds of the server's CPU per finished run."""
    return 10 * _sum_server(windows) / max(1.0, sum(point.finished_per_s for point in windows))


def _measure_cpu_by_load(windows: Windows) -> float:
    own = _sum_own(windows)
    return _sum_server(windows) / own if own else 0.0


def _measure_own_cpu(windows: Windows) -> float:
    """Milliseconds of the load's own CPU per finished run."""
    return 10 * _sum_own(windows) / max(1.0, sum(point.finished_per_s for point in windows))


def _sum_own(windows: Windows) -> float:
    return sum(point.cpu_pct or 0.0 for point in windows)


def _sum_server(windows: Windows) -> float:
    return sum(point.server_cpu_pct or 0.0 for point in windows)  # neither unset nor null


METRICS = (
    Metric("finished runs/s", _measure_rate, _measure_rate, 0.25, more_is_better=True),
    Metric("p50 ms", _measure_p50, _measure_p50, 0.3),
    Metric("p99 ms", _measure_p99, _measure_p99, 0.3),
)
CPU = Metric("server CPU ms/run", _measure_cpu, _measure_cpu_by_load, 0.015, follows=0.0)


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
    old: Sequence[Load], new: Sequence[Load], allowed: float, *, one_harness: bool
) -> tuple[list[Figure], list[str]]:
    """Return the figures that can be compared, and why others cannot, a sentence each.

    `allowed` is the share by which a figure may get worse, such as 0.1, and `one_harness` says that
    the same program has loaded both sides.
    """
    if not old and not new:
        return [], []
    if reason := next(_refuse(old, new), None):
        return [], [reason]
    figures, reasons = [], []
    sides = [[_list_windows(load) for load in loads] for loads in (old, new)]
    moved = _compare_machines(*sides)
    for metric in _choose_metrics([*old, *new], one_harness):
        try:
            figures.append(_compare(metric, sides, moved * metric.follows, allowed))
        except ValueError as error:
            reasons.append(f"{metric.name} cannot be compared: {error}")
    return figures, reasons


def _choose_metrics(loads: Sequence[Load], one_harness: bool) -> Iterator[Metric]:
    """Those of the clock, and that of the CPU where all loads have seen the server's processes."""
    yield from METRICS
    if one_harness and all(_sum_server(load.series) for load in loads):
        yield CPU


def _compare_machines(old: Sequence[Windows], new: Sequence[Windows]) -> float:
    """How far apart the load's own CPU time per run was, as a logarithm; 0 if nobody knows."""
    before, after = ([_measure_own_cpu(windows) for windows in side] for side in (old, new))
    if min(before + after) <= 0:
        return 0.0
    return abs(fmean(map(log, after)) - fmean(map(log, before)))


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


def _compare(
    metric: Metric, sides: Sequence[Sequence[Windows]], bias: float, allowed: float
) -> Figure:
    before, after = sides
    figures = [Figures(each, metric.measure) for each in sides]
    ratio = estimate_ratio(figures[0], figures[1], metric.spread, bias)
    best, worst = _judge_bounds(ratio, metric.more_is_better)
    return Figure(
        name=metric.name,
        old=fmean(map(metric.show, before)),
        new=fmean(map(metric.show, after)),
        ratio=ratio,
        is_regression=best > allowed,
        is_hidden=best <= allowed < worst,
    )


def _judge_bounds(ratio: Ratio, more_is_better: bool) -> tuple[float, float]:
    """By which share the figure got worse: at best, and at worst; negative if it got better."""
    losses = [1 - bound if more_is_better else bound - 1 for bound in (ratio.low, ratio.high)]
    return min(losses), max(losses)


def _list_windows(load: Load) -> Windows:
    """The seconds of the load without those of its start and its end, which are work of their own
    and cut wherever the clock stood."""
    whole = load.series[1:-2]
    return whole if len(whole) >= FEWEST_WINDOWS else load.series
