"""The timeline of attempts: where things lie, and what a reader can do with it in a browser."""

from typing import Any

import msgspec
import pytest

from onceproof.reports.attempts import Attempts
from onceproof.reports.page.attempts import ROW, Drawing, draw
from tests.reports import examples
from tests.reports.conftest import Visit

FIGURE = "#QUE-08 .attempts"


def drawing(**more: Any) -> Drawing:
    return draw(msgspec.convert(examples.attempts(**more), Attempts))


def test_each_lane_has_a_row_and_faults_lie_behind_all_of_them() -> None:
    shown = drawing()
    assert shown.rows == ["faults", "clients", "worker-1", "worker-2", "reader 1"]
    [band] = [bar for bar in shown.bars if bar.style == "band"]
    assert (band.y, band.height) == (0, 5 * ROW)
    rows = {bar.style: bar.y // ROW for bar in shown.bars}
    assert rows["accused"] == rows["lease"] == rows["step"] == 2
    assert rows["open"] == 3
    assert rows["reader"] == 4


def test_everything_lies_inside_and_in_the_order_of_time() -> None:
    shown = drawing()
    assert shown.start_s < 40.0
    for bar in shown.bars:
        assert 0 < bar.x < shown.span_s
        assert bar.x + bar.width <= shown.span_s + 1e-6
    at = {bar.style: shown.start_s + bar.x for bar in shown.bars}
    assert at["accused"] == pytest.approx(52.3)
    assert at["lease"] == pytest.approx(40.105)
    assert [entry.at for entry in shown.entries][:3] == ["40.000 s", "40.000 s", "40.100 s"]


def test_the_view_of_the_first_error_shows_it_and_little_else() -> None:
    shown = drawing()
    at, length = shown.focus
    assert at <= shown.first_s - shown.start_s <= at + length
    assert length < shown.span_s


def test_a_run_without_anything_but_an_error_is_drawn() -> None:
    shown = drawing(lanes=[], faults=[], moments=[])
    assert shown.span_s > 0
    assert shown.sentence == "no attempt was seen at the sink, first error at 52.300 s"


def test_what_is_left_out_is_counted() -> None:
    assert "7 further steps left out" in drawing(left_out=7).sentence


# -- in a browser ----------------------------------------------------------------------------


def span(page: Any) -> float:
    return float(page.eval_on_selector(f"{FIGURE} svg.lanes", "svg => svg.viewBox.baseVal.width"))


def is_inside(page: Any, selector: str) -> bool:
    """Whether the middle of an element lies within the drawing."""
    field = page.locator(f"{FIGURE} svg.lanes").bounding_box()
    box = page.locator(f"{FIGURE} {selector}").first.bounding_box()
    middle = box["x"] + box["width"] / 2
    return bool(field["x"] <= middle <= field["x"] + field["width"])


def test_the_first_error_is_jumped_to_from_the_keyboard_and_back(visit: Visit) -> None:
    page = visit(examples.mixed(), "#QUE-08")
    whole = span(page)
    assert is_inside(page, "rect.accused")
    assert is_inside(page, "rect.step")
    page.focus(f"{FIGURE} [data-act=first]")
    page.keyboard.press("Enter")
    assert span(page) < whole
    assert is_inside(page, "rect.accused")
    assert is_inside(page, "line.error")
    assert not is_inside(page, "rect.step")
    page.click(f"{FIGURE} [data-act=whole]")
    assert span(page) == pytest.approx(whole)


def test_zooming_says_what_is_shown_and_ends_at_the_run(visit: Visit) -> None:
    page = visit(examples.mixed(), "#QUE-08")
    assert page.inner_text(f"{FIGURE} output") == "39.75 s to 52.56 s"
    for _ in range(3):
        page.click(f"{FIGURE} [data-act=closer]")
    page.click(f"{FIGURE} [data-act=earlier]")
    assert page.inner_text(f"{FIGURE} output") == "44.55 s to 46.15 s"
    for _ in range(9):
        page.click(f"{FIGURE} [data-act=wider]")
    assert page.inner_text(f"{FIGURE} output") == "39.75 s to 52.56 s"


def test_what_is_drawn_is_also_a_list(visit: Visit) -> None:
    page = visit(examples.mixed(), "#QUE-08")
    page.click(f"{FIGURE} .list summary")
    lines = page.locator(f"{FIGURE} .list li").all_inner_texts()
    assert len(lines) == 8
    assert " ".join(lines[-1].split()) == "52.300 s worker-1 step 1 by token 3, took 10.0 ms"
