"""The plots of the report as plain geometry; the template turns them into inline SVG.

Latency is drawn on a logarithmic scale, since a fault lifts the tail by orders of magnitude
above a median that must stay visible. A long load is thinned to `COLUMNS` columns: the worst
latency and the mean rate of each, so that thinning hides no spike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from onceproof.reports.load import Load, Point
from onceproof.reports.page.scale import Scale, Tick, linear, logarithmic, time_ticks
from onceproof.reports.results import Fault, Results

COLUMNS = 240
_NARROWEST = 0.3  # percent; what has no length must still be seen


@dataclass(frozen=True)
class Band:
    """A stretch of the time axis, in percent of its length; `name` is written beside it."""

    at: float
    width: float
    label: str
    name: str = ""


@dataclass(frozen=True)
class Line:
    """A curve as SVG path data in a box of 100 by 100."""

    name: str
    style: str
    path: str


@dataclass(frozen=True)
class Chart:
    """Curves over time, `note` says what the eye should know about the scales."""

    title: str
    note: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    bands: list[Band]
    columns: list[Band]


@dataclass(frozen=True)
class Lane:
    """All faults of one kind on one replica."""

    label: str
    bands: list[Band]


@dataclass(frozen=True)
class Timeline:
    """The faults of the run, one lane per kind and replica."""

    lanes: list[Lane]
    ticks: list[Tick]


Read = Callable[[Point], float | None]


def charts(load: Load, faults: Sequence[Fault]) -> list[Chart]:
    """Draw throughput and latency over the load, with the faults that fell into it."""
    points = _thin(load.series)
    if len(points) < 2:
        return []
    return [_throughput(load, points, faults), _latency(load, points, faults)]


def timeline(results: Results) -> Timeline:
    """Draw the faults over the whole run."""
    end = max([results.run.seconds, 1.0, *(fault.heal_s or fault.t_s for fault in results.faults)])
    axis = Scale(0.0, end)
    lanes: dict[str, list[Band]] = {}
    for fault in results.faults:
        lanes.setdefault(_name(fault), []).append(_band(fault, axis, 0.0))
    return Timeline([Lane(label, bands) for label, bands in lanes.items()], _times(axis))


def _throughput(load: Load, points: Sequence[Point], faults: Sequence[Fault]) -> Chart:
    rates = [rate for p in points for rate in (p.finished_per_s, p.accepted_per_s) if rate]
    scale, marks = linear(rates)
    curves: list[tuple[str, str, Read]] = [
        ("accepted", "second", lambda point: point.accepted_per_s),
        ("finished", "first", lambda point: point.finished_per_s),
    ]
    note = f"runs per second{_thinning(load)}"
    return _chart("Throughput", note, (scale, marks), curves, (load, points, faults))


def _latency(load: Load, points: Sequence[Point], faults: Sequence[Fault]) -> Chart:
    values = [value for p in points for value in (p.p50_ms, p.p99_ms) if value is not None]
    curves: list[tuple[str, str, Read]] = [
        ("p99", "second", lambda point: point.p99_ms),
        ("p50", "first", lambda point: point.p50_ms),
    ]
    note = f"milliseconds, logarithmic scale{_thinning(load)}"
    return _chart("Latency", note, logarithmic(values), curves, (load, points, faults))


def _chart(
    title: str,
    note: str,
    scale: tuple[Scale, list[float]],
    curves: Sequence[tuple[str, str, Read]],
    source: tuple[Load, Sequence[Point], Sequence[Fault]],
) -> Chart:
    load, points, faults = source
    x, y = Scale(points[0].t_s, max(points[-1].t_s, points[0].t_s + 1)), scale[0]
    return Chart(
        title,
        note,
        lines=[Line(name, style, _path(points, read, x, y)) for name, style, read in curves],
        x_ticks=_times(x),
        y_ticks=[Tick(100 - y.at(value), f"{value:,g}") for value in scale[1]],
        bands=_space([_band(f, x, load.start_s) for f in faults if _during(f, x, load.start_s)]),
        columns=_columns(points, curves, x),
    )


def _path(points: Sequence[Point], read: Read, x: Scale, y: Scale) -> str:
    """Path data; a point without a value leaves a gap, a lone point becomes a dot."""
    parts, pen_down = [], False
    for point in points:
        value = read(point)
        if value is not None:
            at = f"{x.at(point.t_s):g} {100 - y.at(value):.5g}"
            parts.append(f"L{at}" if pen_down else f"M{at}h0")
        pen_down = value is not None
    return "".join(parts)


def _columns(
    points: Sequence[Point], curves: Sequence[tuple[str, str, Read]], x: Scale
) -> list[Band]:
    """One strip per point that tells its values to a pointer resting on it."""
    width = round(100 / (len(points) - 1), 3)
    strips = []
    for point in points:
        values = ((name, read(point)) for name, _, read in reversed(curves))
        label = ", ".join(f"{name} {value:,.4g}" for name, value in values if value is not None)
        strips.append(Band(x.at(point.t_s) - width / 2, width, f"{clock(point.t_s)}: {label}"))
    return strips


def _band(fault: Fault, x: Scale, start_s: float) -> Band:
    start = x.at(fault.t_s - start_s)
    end = x.high if fault.heal_s is None else fault.heal_s - start_s
    width = max(x.at(end) - start, _NARROWEST)
    healed = "never healed" if fault.heal_s is None else f"healed {fault.heal_s:.1f} s"
    label = f"{_name(fault)}, injected {fault.t_s:.1f} s, {healed}"
    return Band(min(start, 100 - width), width, label, _name(fault))


def _space(bands: list[Band]) -> list[Band]:
    """The same bands; those too close to another or to the edge lose their written name."""
    kept, last = [], -100.0
    for band in sorted(bands, key=lambda band: band.at):
        room = band.at - last >= 20 and band.at <= 80
        last = band.at if room else last
        kept.append(band if room else replace(band, name=""))
    return kept


def _during(fault: Fault, x: Scale, start_s: float) -> bool:
    end = float("inf") if fault.heal_s is None else fault.heal_s
    return fault.t_s - start_s <= x.high and end - start_s >= x.low


def _name(fault: Fault) -> str:
    return f"{fault.fault} · {fault.replica}" if fault.replica else fault.fault


def _times(x: Scale) -> list[Tick]:
    return [Tick(x.at(t_s), clock(t_s)) for t_s in time_ticks(x.high) if t_s >= x.low]


def clock(t_s: float) -> str:
    """Return `45 s`, `2:05`, `1:02:05`."""
    minutes, seconds = divmod(round(t_s), 60)
    if t_s < 60 and minutes == 0:
        return f"{seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def _thin(series: Sequence[Point]) -> list[Point]:
    size = _column_size(series)
    return [_merge(series[i : i + size]) for i in range(0, len(series), size)]


def _column_size(series: Sequence[Point]) -> int:
    return max(1, -(-len(series) // COLUMNS))


def _merge(group: Sequence[Point]) -> Point:
    if len(group) == 1:
        return group[0]
    return Point(
        t_s=group[0].t_s,
        finished_per_s=fmean(point.finished_per_s for point in group),
        accepted_per_s=_over(fmean, [point.accepted_per_s for point in group]),
        p50_ms=_over(max, [point.p50_ms for point in group]),
        p99_ms=_over(max, [point.p99_ms for point in group]),
    )


def _over(function: Callable[[list[float]], float], values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return function(known) if known else None


def _thinning(load: Load) -> str:
    size = _column_size(load.series)
    if size == 1:
        return ""
    return f"; each point covers {size} samples: mean rate, worst latency"
