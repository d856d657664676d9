"""The attempts of a run as plain geometry: a row for each lane, time from left to right in seconds.

The drawing is stretched to the window's width, and the script zooms it by its view box, so nothing
in it is text: the names of the rows stand beside it, and all that it shows follows as a list.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from onceproof.reports.attempts import Attempts, Lane, Moment, Span, Step
from onceproof.reports.text import pluralise

ROW = 22
_INSET = 5
_NEAR = 6  # so many things beside the first error are shown when jumping to it
_LEAST_S = 1e-3


@dataclass(frozen=True)
class Bar:
    """A rectangle, or an upright line if it has no width. `text` says what it is."""

    style: str
    x: float
    y: int
    width: float
    height: int
    text: str


@dataclass(frozen=True)
class Entry:
    """A line of the list: when, in which row, what."""

    at: str
    row: str
    text: str
    accused: bool


@dataclass(frozen=True)
class Drawing:
    """`rows` are the names from top to bottom; `focus` is the view around the first error."""

    sentence: str
    start_s: float
    span_s: float
    first_s: float
    focus: tuple[float, float]
    rows: list[str]
    bars: list[Bar]
    entries: list[Entry]

    @property
    def height(self) -> int:
        """The height of all rows, in pixels."""
        return ROW * len(self.rows)


def draw(attempts: Attempts) -> Drawing:
    """Draw faults, clients, workers and readers, each in a row of its own."""
    start, end = _span(attempts)
    lanes = [("faults", _bands(attempts.faults, end)) for _ in attempts.faults[:1]]
    lanes += [("clients", [_moment(each) for each in attempts.moments])]
    lanes += [(lane.name, [*_spans(lane, end), *map(_step, lane.steps)]) for lane in attempts.lanes]
    first = attempts.first_error_s
    return Drawing(
        sentence=_describe(attempts),
        start_s=start,
        span_s=round(end - start, 6),
        first_s=first,
        focus=_focus(attempts, start, end),
        rows=[name for name, _ in lanes],
        bars=[
            _place(item, row, start, len(lanes)) for row, (_, i) in enumerate(lanes) for item in i
        ],
        entries=_list(attempts, end),
    )


_Item = tuple[str, float, float, str]  # style, from_s, until_s, text


def _bands(faults: list[Span], end: float) -> list[_Item]:
    return [("band", each.from_s, _until(each, end), _say(each)) for each in faults]


def _spans(lane: Lane, end: float) -> list[_Item]:
    style = "lease" if lane.steps else "reader"
    return [(style, each.from_s, _until(each, end), _say(each)) for each in lane.spans]


def _step(step: Step) -> _Item:
    style = "accused" if step.accused else "step" if step.ended else "open"
    return (style, step.begin_s, step.end_s, f"{_name(step)}, {step.begin_s:.3f} s")


def _moment(moment: Moment) -> _Item:
    style = "tick accused" if moment.accused else "tick"
    return (style, moment.t_s, moment.t_s, f"{moment.text}, {moment.t_s:.3f} s")


def _place(item: _Item, row: int, start: float, rows: int) -> Bar:
    style, from_s, until_s, text = item
    x, width = round(from_s - start, 6), round(max(until_s - from_s, 0.0), 6)
    if style == "band":
        return Bar(style, x, 0, width, ROW * rows, text)
    inset = 2 if style.startswith("tick") else _INSET
    return Bar(style, x, ROW * row + inset, width, ROW - 2 * inset, text)


def _span(attempts: Attempts) -> tuple[float, float]:
    """From the first to the last that is shown of the run, with a little room on both sides."""
    times = list(_times(attempts)) or [attempts.first_error_s]
    room = max(0.02 * (max(times) - min(times)), _LEAST_S)
    return round(min(times) - room, 6), round(max(times) + room, 6)


def _times(attempts: Attempts) -> Iterator[float]:
    yield attempts.first_error_s
    yield from (each.t_s for each in attempts.moments)
    for lane in attempts.lanes:
        for step in lane.steps:
            yield from (step.begin_s, step.end_s)
        for span in lane.spans:
            yield from (span.from_s, span.until_s or span.from_s)


def _focus(attempts: Attempts, start: float, end: float) -> tuple[float, float]:
    """Start and length of the view that shows what happened just before and after the error."""
    first = attempts.first_error_s
    distances = sorted(abs(t - first) for t in set(_times(attempts)))[:_NEAR]
    half = max(min(1.25 * distances[-1], (end - start) / 16), _LEAST_S)
    low, high = max(start, first - half), min(end, first + half)
    return round(low - start, 6), round(high - low, 6)


def _describe(attempts: Attempts) -> str:
    steps = sum(len(lane.steps) for lane in attempts.lanes)
    workers = sum(bool(lane.steps) for lane in attempts.lanes)
    parts = [
        f"{pluralise(attempts.attempts, 'attempt')} by {pluralise(workers, 'process')}"
        if workers
        else "no attempt was seen at the sink",
        f"{pluralise(steps, 'step')} shown" if steps else "",
        f"{attempts.left_out} further steps left out" if attempts.left_out else "",
        f"first error at {attempts.first_error_s:.3f} s",
    ]
    return ", ".join(filter(None, parts))


def _list(attempts: Attempts, end: float) -> list[Entry]:
    """All that the drawing shows, in the order of time."""
    lines = [(s.from_s, "faults", _say(s), False) for s in attempts.faults]
    lines += [(m.t_s, "clients", m.text, m.accused) for m in attempts.moments]
    for lane in attempts.lanes:
        lines += [(s.from_s, lane.name, _say(s), False) for s in lane.spans]
        lines += [(s.begin_s, lane.name, _name(s), s.accused) for s in lane.steps]
    return [Entry(f"{t:.3f} s", row, text, bad) for t, row, text, bad in sorted(lines)]


def _name(step: Step) -> str:
    lasted = f"{1000 * (step.end_s - step.begin_s):.1f} ms"
    ended = f"took {lasted}" if step.ended else "never seen to end"
    return f"step {step.step} by token {step.token}, {ended}"


def _say(span: Span) -> str:
    return span.text if span.until_s is None else f"{span.text} (until {span.until_s:.3f} s)"


def _until(span: Span, end: float) -> float:
    return end if span.until_s is None else span.until_s
