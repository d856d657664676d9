"""Pictures of each kind of page: on a desk, on a phone, in the dark, with nothing out of place.

Whoever wants to look at them names a folder: ONCEPROOF_SCREENSHOTS=shots pytest tests/reports
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onceproof.reports.results import Results
from tests.reports import examples
from tests.reports.conftest import Visit
from tests.reports.field_example import in_field
from tests.reports.test_matrix import matrix

PAGES: dict[str, Callable[[], Results | str]] = {
    "passing": examples.green,
    "failing": lambda: examples.mixed(error=True),
    "field": lambda: in_field("FAIL"),
    "matrix": matrix,
}
SCREENS = {"desk": (1280, "light"), "phone": (360, "light"), "dark": (1280, "dark")}

#: Sections that say nothing beneath their title.
EMPTY = """() => [...document.querySelectorAll("main section")]
  .filter(section => section.checkVisibility() && section.innerText.trim().split("\\n").length < 2)
  .map(section => section.id || section.className)"""

#: Texts that are wider than the place they have, where they can neither wrap nor scroll.
CUT = """() => [...document.querySelectorAll("main *, header *")]
  .filter(each => each.children.length === 0 && each.checkVisibility() && each.clientWidth > 4)
  .filter(each => each.scrollWidth > each.clientWidth + 2)
  .filter(each => !each.closest("pre, .scroll, .rows, .unseen, input, select"))
  .map(each => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_in_order(visit: Visit, tmp_path: Path, name: str, screen: str) -> None:
    width, scheme = SCREENS[screen]
    page: Any = visit(PAGES[name](), width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    folder = Path(os.environ.get("ONCEPROOF_SCREENSHOTS", tmp_path))
    folder.mkdir(exist_ok=True)
    picture = page.screenshot(path=folder / f"{name}-{screen}.png", full_page=True)
    assert len(picture) > 10_000
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(EMPTY) == []
    assert page.evaluate(CUT) == []
