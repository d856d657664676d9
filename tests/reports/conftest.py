"""A real browser for the tests of pages; without playwright or Chromium these are skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onceproof.reports import html
from onceproof.reports.results import Results

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium for one module: until it is closed, playwright's event loop counts as running
    in this thread, and no test of another module could run one of its own."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on the PATH")
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def troubles() -> list[str]:
    """What the page complained of or tried to fetch since the test began."""
    return []


@pytest.fixture(scope="module")
def tab(browser: Any, troubles: list[str]) -> Any:
    page = browser.new_context(offline=True).new_page()
    page.set_default_timeout(5_000)
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request",
        lambda request: None if "/report.html" in request.url else troubles.append(request.url),
    )
    return page


@pytest.fixture
def visit(tab: Any, troubles: list[str], tmp_path: Path) -> Iterator[Visit]:
    """Opens a document's page; the test fails if the page reports any error or fetches more."""
    troubles.clear()

    def visit(
        shown: Results | str, fragment: str = "", width: int = 1280, scheme: str = "light"
    ) -> Any:
        path = tmp_path / "report.html"
        text = shown if isinstance(shown, str) else html.render(shown)
        path.write_text(text, encoding="utf-8")
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(media="screen", color_scheme=scheme)
        tab.goto("about:blank")
        tab.goto(path.as_uri() + fragment)
        return tab

    yield visit
    assert troubles == []
