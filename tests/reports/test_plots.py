"""The geometry of the plots: where points, gaps, bands and labels lie."""

import re

import msgspec
import pytest

from onceproof.reports.load import Load, Point
from onceproof.reports.page import plots
from onceproof.reports.page.scale import Scale, linear, logarithmic, time_ticks
from onceproof.reports.results import Fault
from tests.reports import examples


def load(series: list[Point], start_s: float = 0.0) -> Load:
    return msgspec.structs.replace(
        msgspec.convert(examples.load(), Load), series=series, start_s=start_s
    )


def points(number: int, p99_ms: float | None = 80.0) -> list[Point]:
    return [
        Point(t_s=float(t), finished_per_s=100.0, p50_ms=10.0, p99_ms=p99_ms) for t in range(number)
    ]


def fault(name: str, t_s: float, heal_s: float | None, replica: str | None = None) -> Fault:
    return Fault(fault=name, t_s=t_s, heal_s=heal_s, replica=replica)


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([150.0], [0, 50, 100, 150]),
        ([151.0], [0, 50, 100, 150, 200]),
        ([3.0], [0, 1, 2, 3]),
        ([0.07], [0, 0.02, 0.04, 0.06, 0.08]),
        ([], [0, 0.5, 1]),
        ([0.0], [0, 0.5, 1]),
    ],
)
def test_a_linear_axis_ends_on_a_round_number(values: list[float], marks: list[float]) -> None:
    scale, found = linear(values)
    assert found == pytest.approx(marks)
    assert scale.high == pytest.approx(marks[-1])


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([12.0, 95.0], [10, 20, 50, 100]),
        ([12.0, 2100.0], [10, 100, 1000]),
        ([10.0, 10.0], [10, 20]),
        ([0.0, 3.0], [0.01, 0.1, 1]),
        ([], [1, 2]),
    ],
)
def test_a_logarithmic_axis_shows_decades_or_their_steps(
    values: list[float], marks: list[float]
) -> None:
    assert logarithmic(values)[1] == pytest.approx(marks)


def test_positions_are_percentages_and_stay_inside() -> None:
    assert [Scale(0, 200).at(value) for value in (-5, 0, 50, 200, 900)] == [0, 0, 25, 100, 100]
    assert Scale(1, 100, log=True).at(10) == 50


@pytest.mark.parametrize(("seconds", "number"), [(1, 2), (60, 5), (265, 5), (7200, 5), (9e5, 11)])
def test_times_get_a_handful_of_labels(seconds: float, number: int) -> None:
    assert len(time_ticks(seconds)) == number


def test_a_curve_starts_and_ends_at_the_edges() -> None:
    _, latency = plots.charts(load(points(5)), [])
    (p50,) = (line.path for line in latency.lines if line.name == "p50")
    assert p50.startswith("M0 ")
    assert re.findall(r"L([\d.]+) ", p50) == ["25", "50", "75", "100"]


def test_seconds_without_latency_leave_a_gap() -> None:
    series = [*points(3), *points(1, None), *points(2)]
    series = [msgspec.structs.replace(point, t_s=float(t)) for t, point in enumerate(series)]
    _, latency = plots.charts(load(series), [])
    (p99,) = (line.path for line in latency.lines if line.name == "p99")
    assert p99.count("M") == 2


def test_a_fault_lies_where_it_was_on_the_clock_of_the_load() -> None:
    kill = fault("kill", 120.0, 140.0, "worker-1")
    throughput, _ = plots.charts(load(points(101), start_s=100.0), [kill])
    (band,) = throughput.bands
    assert (band.at, band.width, band.name) == (20, 20, "kill · worker-1")
    assert band.label == "kill · worker-1, injected 120.0 s, healed 140.0 s"


def test_faults_outside_of_the_load_are_not_drawn_and_open_ones_reach_the_end() -> None:
    faults = [fault("before", 1, 99), fault("open", 150, None), fault("after", 300, 301)]
    throughput, _ = plots.charts(load(points(101), start_s=100.0), faults)
    assert [(band.at, band.width) for band in throughput.bands] == [(50, 50)]


def test_a_fault_of_no_length_can_be_seen() -> None:
    throughput, _ = plots.charts(load(points(101)), [fault("flush", 100, 100)])
    (band,) = throughput.bands
    assert band.at + band.width == pytest.approx(100)
    assert band.width > 0


def test_a_long_load_is_thinned_without_hiding_a_spike() -> None:
    series = points(3600)
    series[1801] = msgspec.structs.replace(series[1801], p99_ms=9000.0)
    _, latency = plots.charts(load(series), [])
    assert len(latency.columns) == plots.COLUMNS
    assert any("p99 9,000" in column.label for column in latency.columns)
    assert latency.note.endswith("each point covers 15 samples: mean rate, worst latency")


def test_a_single_sample_makes_no_plot() -> None:
    assert plots.charts(load(points(1)), []) == []


def test_the_timeline_has_a_lane_per_kind_and_replica() -> None:
    timeline = plots.timeline(examples.mixed())
    lanes = [(lane.label, len(lane.bands)) for lane in timeline.lanes]
    assert ("restart postgres", 1) in lanes
    assert len(lanes) == 4
    assert [tick.label for tick in timeline.ticks] == ["0 s", "1:00", "2:00", "3:00", "4:00"]
