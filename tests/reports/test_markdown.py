"""The Markdown summary: what it tells, and that no target can break out of it."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from onceproof.reports import markdown
from onceproof.reports.results import Results
from tests.reports import examples


def test_the_summary_tells_outcome_profiles_failures_and_load() -> None:
    summary = markdown.render(examples.mixed())
    assert summary.startswith(
        "# onceproof: failed – reference 0.1.0\n\n- 2 required behaviours failed: CAN-06, QUE-08\n"
    )
    assert "| queue | failed | 0 | 3 | 1 | 1 | 1 | 0 | 0 | 0 | 0 |" in summary
    assert "### QUE-08 the subject of QUE-08\n\nFAIL\n\n```text\n" in summary
    assert "  expected: one terminal status within 30 s of the last fault\n" in summary
    assert "## Warnings\n\n- **QUE-16 the subject of QUE-16**: no attempt shown" in summary
    assert "## Not run\n\n- **1 requirement**: --without cron (CRN-02)" in summary
    assert (
        "- **1 requirement**: it needs the probe graph 'chain': deploy the probes (CRN-03)"
        in summary
    )
    assert "| POST /runs/wait | 2,051 | 0 | 34.2 | 88.0 | 311.9 | 412.0 |" in summary
    assert "Repeat with:\n\n```text\nonceproof certify --target reference --seed 7\n```" in summary


def test_a_green_summary_has_no_section_of_failures() -> None:
    summary = markdown.render(examples.green())
    assert "6 of 6 requirements passed" in summary
    assert re.findall("^## (.*)", summary, flags=re.M) == ["Load"]


def test_hostile_text_neither_becomes_markup_nor_breaks_a_table() -> None:
    outside = re.sub(
        r"^(`{3,})text\n.*?\n\1$", "", markdown.render(examples.hostile()), flags=re.S | re.M
    )
    assert not re.search(r"(?<!\\)[<\[]", outside)
    for row in re.findall(r"^\|.*$", outside, flags=re.M):
        assert len(re.findall(r"(?<!\\)\|", row)) in (6, 8)


@pytest.mark.parametrize("text", ["```\n# out", "````", "a `b` c", ""])
def test_a_code_block_cannot_be_closed_from_within(text: str) -> None:
    lines = markdown.fence(text).split("\n")
    fence = lines[0].removesuffix("text")
    assert lines[-1] == fence
    assert all(fence not in line for line in lines[1:-1])


def test_a_huge_summary_fits_a_job_page_and_still_names_every_failure() -> None:
    summary = markdown.render(examples.huge())
    assert len(summary.encode()) < 200_000
    assert all(f"BIG-{i:03d}" in summary for i in range(404))


def test_a_chaos_shows_its_runs_and_its_recovery_times() -> None:
    text = markdown.render(examples.quiet_chaos(surprises=["wait: 418"]))
    assert text.startswith("# onceproof: passed – reference 0.1.0\n")
    assert "4 faults; runs: 644 accepted, 1 refused, 3 unclear, 1 found later, 645 finished" in text
    assert "| heal to the next begin of a step | 1 | 0 | 1 | 0 | 0 | 0 | 1 | 42.00 s |" in text
    assert "- no fault explains: wait: 418" in text


# -- as it is shown --------------------------------------------------------------------------


class Shown(HTMLParser):
    """The elements of a rendered summary, and the text of its headings and cells."""

    def __init__(self, summary: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(MarkdownIt("commonmark").enable("table").render(summary))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        for tag in self.tags[-1:]:
            self.texts[tag][-1] += data.strip("\n")


OURS = {
    *("h1", "h2", "h3", "p", "ul", "li", "strong", "pre", "code"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


def test_the_summary_is_shown_as_headings_lists_and_tables() -> None:
    shown = Shown(markdown.render(examples.mixed()))
    assert shown.texts["h1"] == ["onceproof: failed – reference 0.1.0"]
    assert "QUE-08 the subject of QUE-08" in shown.texts["h3"]
    assert "queue" in shown.texts["td"]
    assert shown.tags.count("table") == 2


@pytest.mark.parametrize(
    "make", [examples.hostile, lambda: examples.quiet_chaos(surprises=[examples.HOSTILE])]
)
def test_hostile_text_is_shown_as_text(make: Callable[[], Results]) -> None:
    shown = Shown(markdown.render(make()))
    assert set(shown.tags) <= OURS
