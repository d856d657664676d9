"""The HTML page as text: one file, nothing from elsewhere, nothing foreign unescaped."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from onceproof.reports import html
from onceproof.reports.results import Results
from tests.reports import examples

DOCUMENTS = [
    pytest.param(examples.green(), id="green"),
    pytest.param(examples.mixed(error=True), id="every verdict"),
    pytest.param(examples.hostile(), id="hostile"),
]


class Page(HTMLParser):
    """Collects what a browser would fetch, run or jump to, and the text of each element."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.mark.parametrize("results", DOCUMENTS)
def test_one_file_that_fetches_nothing(results: Results) -> None:
    text = html.render(results)
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert page.values("src") == page.values("action") == []
    assert all(target.startswith("#") for target in page.values("href"))
    assert not re.search(r"url\(|@import|https?://", text)


@pytest.mark.parametrize("results", DOCUMENTS)
def test_only_our_own_script_and_style(results: Results) -> None:
    page = Page(html.render(results))
    assert page.tags.count("script") == page.tags.count("style") == 1
    handlers = [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert handlers == []
    (policy,) = (v for v in page.values("content") if v.startswith("default-src"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize("results", DOCUMENTS)
def test_each_link_has_its_target_and_no_id_repeats(results: Results) -> None:
    page = Page(html.render(results))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in page.values("href")} <= set(ids)


def test_hostile_text_is_escaped_or_shown_by_its_code() -> None:
    page = html.render(examples.hostile())
    assert "&lt;script&gt;window.pwned=1&lt;/script&gt; \\x1b[2J\\x00 \\ud800 \\u202e evil" in page
    assert "<script>window" not in page
    assert not re.search("[\x00\x1b\u202e\ud800]", page)


def test_the_head_says_who_was_judged_and_why() -> None:
    page = html.render(examples.mixed())
    assert "<title>failed – reference 0.1.0 – onceproof</title>" in page
    assert '<p class="outcome outcome-failed">failed</p>' in page
    assert re.search(r'2 required behaviours failed:\s+<a href="#CAN-06">CAN-06</a>, <a', page)


def test_the_head_calls_a_known_server_by_its_profile() -> None:
    target = {"kind": "command", "profile": "aegra", "version": "0.11.0"}
    page = html.render(msgspec.structs.replace(examples.green(), target=target))
    assert "<h1>aegra 0.11.0</h1>" in page


def test_a_withdrawn_outcome_says_so() -> None:
    withdrawn = msgspec.structs.replace(examples.green(), outcome="inconclusive", exit_status=130)
    assert "the verdicts alone would say certified" in html.render(withdrawn)


def test_a_requirement_shows_three_findings_and_its_check_shows_all() -> None:
    page = html.render(examples.mixed())
    row = page[page.index('id="QUE-08"') : page.index('id="QUE-16"')]
    assert row.count('class="finding"') == 3
    assert "23 findings in all" in row
    check = page[page.index('id="check-lost"') : page.index('id="check-duplicate"')]
    assert check.count('class="finding"') == 5
    assert "5 of 23 findings are listed" in check


def test_sections_without_content_are_left_out() -> None:
    page = html.render(examples.huge(1))
    assert 'id="checks"' in page
    assert 'id="load"' not in page
    assert 'id="faults"' not in page


def test_runs_that_are_counted_but_not_all_named_are_shown_by_their_number() -> None:
    load = examples.load(lost=["n-1", "n-2"], lost_total=1040)
    page = html.render(examples.settle(examples.frame([], load=load)))
    assert '<dt>Lost</dt><dd class="bad">1,040</dd>' in page
    assert "<code>n-1, n-2</code> – 1,040 in all" in page


def test_profiles_show_their_denominators() -> None:
    page = " ".join(html.render(examples.mixed()).split())
    assert (
        '<th scope="row">queue</th> <td><span class="word outcome-failed">failed</span></td> '
        '<td class="num">0</td><td class="num">3</td>'
    ) in page


def test_what_was_not_judged_is_told_by_reason_in_the_summary() -> None:
    page = " ".join(html.render(examples.mixed()).split())
    summary = page[page.index('id="summary"') : page.index('id="requirements"')]
    assert "<b>1 requirement</b>: it needs the probe graph &#39;chain&#39;" in summary
    assert '<a href="#CRN-03">CRN-03</a>' in summary


def test_a_document_without_requirements_has_a_page() -> None:
    assert "No requirement was selected." in html.render(examples.settle(examples.frame([])))


def test_a_huge_page_stays_below_two_megabytes() -> None:
    page = html.render(examples.huge())
    assert page.count('<details class="req" id="BIG-') == 404
    assert len(page) < 2_000_000


def test_a_chaos_passes_and_certifies_nothing() -> None:
    page = html.render(examples.quiet_chaos(surprises=[examples.HOSTILE], fallen=["api-1"]))
    assert "<title>passed – reference 0.1.0 – onceproof</title>" in page
    assert "certified<" not in page
    assert "heal to the next begin of a step" in page
    assert "42.00 s" in page
    assert "Ended without a fault: api-1" in page
    assert "<script>window" not in page
    assert "<dt>Tests</dt>" not in page


def test_a_failure_that_is_like_no_other_stands_in_the_summary_with_its_evidence() -> None:
    page = " ".join(html.render(examples.mixed()).split())
    summary = page[page.index('id="summary"') : page.index('id="requirements"')]
    assert "<h3>Failures</h3>" in summary
    assert (
        '<a href="#CAN-06">CAN-06</a> <b>cancel of a finished run leaves its status unchanged</b>: '
        "status=200, but should be one of 404, 409" in summary
    )


def test_a_reason_that_a_test_says_anyway_is_not_said_twice() -> None:
    part = examples.requirement(
        "RUN-01", "FAIL", reason="no answer", tests=[examples.a_test("t::t", "failed", "no answer")]
    )
    page = html.render(examples.settle(examples.frame([part])))
    assert page[page.index('id="RUN-01"') :].count("no answer") == 1
