"""axe-core finds nothing on any kind of page: light, dark, and on a phone, everything unfolded."""

from collections.abc import Callable
from typing import Any

import pytest

from onceproof.reports.page.matrix import Column, render_matrix
from onceproof.reports.results import Results
from tests.reports import examples
from tests.reports.conftest import Visit
from tests.reports.field_example import in_field

sync_playwright = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
)

PAGES: dict[str, Callable[[], Results | str]] = {
    "certified": examples.green,
    "failing": lambda: examples.mixed(error=True),
    "field mode": in_field,
    "matrix": lambda: render_matrix(
        [Column(examples.mixed(), "not signed", "a/report.html"), Column(in_field("FAIL"), "no")]
    ),
    "chaos": lambda: examples.quiet_chaos(surprises=["wait: 418"], fallen=["api-1"]),
}
UNFOLD = "document.querySelectorAll('details').forEach(fold => fold.open = true)"


def find_violations(page: Any) -> list[str]:
    """Return a line for each rule that is broken: its id, and the first element that breaks it."""
    page.evaluate(UNFOLD)
    found = sync_playwright.Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html']}" for each in found]


@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 360)])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_rule(visit: Visit, name: str, scheme: str, width: int) -> None:
    page = visit(PAGES[name](), scheme=scheme, width=width)
    assert find_violations(page) == []


def test_the_rules_bite(visit: Visit) -> None:
    """Without a name for its search field, with pale text: both are seen."""
    page = visit(examples.green())
    page.eval_on_selector("#words", "field => field.removeAttribute('aria-label')")
    page.eval_on_selector("#words", "field => field.removeAttribute('placeholder')")
    page.eval_on_selector("h1", "title => title.style.color = '#ccc'")
    broken = [line.split(":")[0] for line in find_violations(page)]
    assert broken == ["color-contrast", "label"]
