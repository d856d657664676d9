"""What is shown is in the page's address: it survives a reload and can be sent to a colleague."""

from typing import Any

import pytest

from tests.reports import examples
from tests.reports.conftest import Visit
from tests.reports.test_browser import list_visible_rows


def fragment(page: Any) -> str:
    return str(page.evaluate("location.hash"))


def test_the_filter_survives_a_reload(visit: Visit) -> None:
    page = visit(examples.mixed())
    page.fill("#words", "subject of")
    page.locator("label.chip", has_text="fail").click()
    page.locator("label.chip", has_text="warn").click()
    page.select_option("#chapter", "que")
    page.select_option("#level", "MUST")
    assert fragment(page) == "#words=subject+of&chapter=que&level=MUST&verdict=FAIL%2CWARN"
    assert list_visible_rows(page) == ["QUE-08"]
    page.reload()
    assert list_visible_rows(page) == ["QUE-08"]
    assert page.input_value("#words") == "subject of"
    assert page.inner_text("#shown") == "1 of 11 shown"


def test_a_requirement_that_was_opened_is_in_the_address_with_the_filter(visit: Visit) -> None:
    page = visit(examples.mixed(), "#verdict=FAIL")
    page.click("#QUE-08 > summary")
    assert fragment(page) == "#QUE-08&verdict=FAIL"
    page.reload()
    assert page.get_attribute("#QUE-08", "open") is not None
    assert list_visible_rows(page) == ["CAN-06", "QUE-08"]
    page.click("#QUE-08 > summary")
    assert fragment(page) == "#verdict=FAIL"


def test_a_link_to_what_the_filter_hides_shows_it(visit: Visit) -> None:
    page = visit(examples.mixed(), "#QUE-21&verdict=FAIL")
    assert page.get_attribute("#QUE-21", "open") is not None
    assert page.is_visible("#QUE-21 .evidence")
    assert fragment(page) == "#QUE-21"


def test_an_empty_filter_leaves_no_trace(visit: Visit) -> None:
    page = visit(examples.mixed(), "#words=cancel")
    assert list_visible_rows(page) == ["CAN-06"]
    page.fill("#words", "")
    assert fragment(page) == ""
    page.fill("#words", "warn")
    page.click("#clear")
    page.wait_for_selector("#SYS-01", state="visible")
    assert fragment(page) == ""


@pytest.mark.parametrize(
    "broken", ["#%E0%A4%A", "#%", "#&&=", "#verdict=GREEN&chapter=none&level=x", "#<script>"]
)
def test_an_address_that_does_not_parse_shows_everything(visit: Visit, broken: str) -> None:
    page = visit(examples.mixed(), broken)
    assert len(list_visible_rows(page)) == 11
