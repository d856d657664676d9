"""The page in a real browser: filter, keyboard, themes, narrow screens, print, hostile text."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from onceproof.reports import html
from tests.reports import examples
from tests.reports.conftest import Visit

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

DOCUMENTS = {
    "green": examples.green,
    "mixed": lambda: examples.mixed(error=True),
    "hostile": examples.hostile,
    "huge": examples.huge,
}


def list_visible_rows(page: Any) -> list[str]:
    return page.eval_on_selector_all(
        "#requirements .req", "rows => rows.filter(r => r.checkVisibility()).map(r => r.id)"
    )


def test_the_filter_narrows_by_words_verdict_chapter_and_level(visit: Visit) -> None:
    page = visit(examples.mixed())
    assert len(list_visible_rows(page)) == 11
    page.fill("#words", "finished cancel")
    assert list_visible_rows(page) == ["CAN-06"]
    assert page.inner_text("#shown") == "1 of 11 shown"
    page.fill("#words", "")
    page.locator("label.chip", has_text="fail").click()
    assert list_visible_rows(page) == ["CAN-06", "QUE-08"]
    page.locator("label.chip", has_text="warn").click()
    assert list_visible_rows(page) == ["CAN-06", "QUE-08", "QUE-16"]
    page.select_option("#level", "SHOULD")
    assert list_visible_rows(page) == ["QUE-16"]
    page.click("#clear")
    # A function to wait for would be evaluated from a string, which the page's policy forbids.
    sync_api.expect(page.locator("#shown")).to_have_text("11 of 11 shown")
    page.select_option("#chapter", "crn")
    assert list_visible_rows(page) == ["CRN-01", "CRN-02", "CRN-03"]
    assert page.locator(".chapter:visible").count() == 1


def test_the_filter_finds_evidence_and_says_when_nothing_matches(visit: Visit) -> None:
    page = visit(examples.mixed())
    page.fill("#words", "expected 59, got 60")
    assert list_visible_rows(page) == ["CAN-06"]
    page.fill("#words", "no such words")
    assert list_visible_rows(page) == []
    assert page.is_visible("#nothing")


def test_evidence_opens_from_the_keyboard(visit: Visit) -> None:
    page = visit(examples.mixed())
    page.keyboard.press("/")
    page.keyboard.type("CAN-06")
    assert list_visible_rows(page) == ["CAN-06"]
    page.focus("#CAN-06 > summary")
    assert not page.is_visible("#CAN-06 pre >> nth=0")
    page.keyboard.press("Enter")
    assert page.is_visible("#CAN-06 pre >> nth=0")


def test_a_long_message_scrolls_within_its_box(visit: Visit) -> None:
    page = visit(examples.mixed(), "#CAN-06")
    box = page.locator("#CAN-06 pre").first
    assert box.evaluate("e => e.clientHeight") <= 330
    assert box.evaluate("e => e.scrollHeight > e.clientHeight")
    assert box.evaluate("e => getComputedStyle(e).whiteSpace.startsWith('pre-wrap')")
    assert box.get_attribute("tabindex") == "0"


def test_a_link_to_a_requirement_opens_it_even_through_a_filter(visit: Visit) -> None:
    page = visit(examples.mixed(), "#QUE-21")
    assert page.get_attribute("#QUE-21", "open") is not None
    page.fill("#words", "nothing has these words")
    page.click(".reasons a[href='#QUE-08']")
    page.wait_for_selector("#QUE-08[open]", state="visible")
    page.click("#QUE-08 a[href='#check-lost'] >> nth=0")
    page.wait_for_selector("#check-lost[open]", state="visible")


def test_open_all_and_close_all_act_on_what_is_shown(visit: Visit) -> None:
    page = visit(examples.mixed())
    page.select_option("#chapter", "que")
    page.click("#open")
    assert page.locator("#requirements .req[open]").count() == 3
    page.click("#close")
    assert page.locator("#requirements .req[open]").count() == 0


@pytest.mark.parametrize(
    ("name", "width"), [*product(("green", "mixed", "hostile"), (1280, 360)), ("huge", 360)]
)
def test_nothing_overflows_sideways(visit: Visit, name: str, width: int) -> None:
    page = visit(DOCUMENTS[name](), width=width)
    page.evaluate("[...document.querySelectorAll('details')].slice(0, 60).map(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_runs_nothing_and_shows_itself(visit: Visit) -> None:
    page = visit(examples.hostile())
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.scripts.length") == 1
    assert "<script>window.pwned=1</script>" in page.inner_text("h1")


WORST_CONTRAST = """elements => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (...colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = ([r, g, b]) => [[r, 0.2126], [g, 0.7152], [b, 0.0722]].reduce((sum, [c, w]) => {
    const part = c / 255;
    return sum + w * (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  }, 0);
  const paper = getComputedStyle(document.body).backgroundColor;
  return Math.min(...elements.map(element => {
    const style = getComputedStyle(element);
    const both = [light(rgb(style.color)), light(rgb(paper, style.backgroundColor))];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  }));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_in_both_themes(visit: Visit, scheme: str) -> None:
    page = visit(examples.mixed(error=True), scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    assert dark == (scheme == "dark")
    for selector in (".verdict", ".outcome", ".word", ".tag", "dt", "h1", "nav a", ".note"):
        assert page.locator(selector).count() > 0, selector
        worst = page.eval_on_selector_all(selector, WORST_CONTRAST)
        assert worst >= 4.5, f"{selector}: {worst:.2f}"


def test_print_shows_evidence_and_no_controls(visit: Visit) -> None:
    page = visit(examples.mixed())
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.is_visible("#filter")
    assert page.is_visible("#CAN-06 pre >> nth=0")
    assert page.locator("#CAN-06 pre").first.evaluate("e => e.scrollHeight <= e.clientHeight")
    assert page.get_attribute("#SYS-01", "open") is None


def test_without_script_the_page_is_whole_and_offers_no_dead_controls(
    browser: Any, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(html.render(examples.mixed()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert not page.is_visible("#filter")
    assert page.locator("#requirements .req:visible").count() == 11
    context.close()


def test_plots_are_drawn_inside_of_their_field(visit: Visit) -> None:
    page = visit(examples.mixed())
    assert page.locator(".plot path.line").count() == 4
    field = page.locator(".plot").first.bounding_box()
    for line in page.locator(".plot").first.locator("path.line").all():
        box = line.bounding_box()
        assert box["width"] == pytest.approx(field["width"], abs=4)
        assert field["y"] <= box["y"]
        assert box["y"] + box["height"] <= field["y"] + field["height"]
