"""Runs side by side: every cell says what its run has shown, and a gap is never a pass."""

import msgspec
import pytest

from onceproof.reports.page.matrix import Column, render_matrix
from onceproof.reports.results import Results
from tests.reports import examples
from tests.reports.conftest import Visit
from tests.reports.field_example import in_field
from tests.reports.test_browser import list_visible_rows
from tests.reports.test_html import Page


def part() -> Results:
    """A run of two requirements out of three: one differs from `whole`, one was not run."""
    document = examples.frame(
        [
            examples.requirement("SYS-01"),
            examples.requirement(
                "CAN-06",
                "FAIL",
                tests=[
                    examples.a_test("runs/test_cancel.py::test_a", "failed", "200, not 409"),
                    examples.a_test("runs/test_cancel.py::test_b", "failed", "twice in RUN"),
                    examples.a_test("runs/test_cancel.py::test_c", "failed", "twice in RUN"),
                    examples.a_test("runs/test_cancel.py::test_d"),
                ],
            ),
            examples.requirement("QUE-08", "DISABLED", tests=[], reason="--only CAN"),
        ],
        target={"kind": "command", "profile": "aegra", "version": "0.11.0"},
    )
    document["run"] = {**document["run"], "only": ["CAN"], "folder": "/runs/of/somebody"}
    return examples.settle(document)


def whole() -> Results:
    ids = ("SYS-01", "CAN-06", "QUE-08", "NEW-01")
    return examples.settle(examples.frame([examples.requirement(id) for id in ids]))


def matrix() -> str:
    return render_matrix([Column(whole(), "not signed", "a/report.html"), Column(part(), "signed")])


def row(page: str, id: str) -> str:
    text = page[page.index(f'<details class="req" id="{id}"') :]
    return text[: text.index("</details>")]


def test_each_cell_has_the_verdict_of_its_run() -> None:
    page = matrix()
    assert 'data-verdict="PASS FAIL DIFFERS"' in row(page, "CAN-06")
    assert 'data-verdict="PASS"' in row(page, "SYS-01")
    assert "not run" in row(page, "QUE-08")
    assert 'data-verdict="PASS DISABLED"' in row(page, "QUE-08")
    assert "its version of onceproof has no such requirement" in row(page, "NEW-01")


def test_a_run_of_a_part_says_so() -> None:
    assert "partial run: 1 of 3 requirements were not run" in matrix()


def test_each_cell_leads_to_its_evidence() -> None:
    shown = row(matrix(), "CAN-06")
    assert '<a href="a/report.html#CAN-06">' in shown
    assert 'id="CAN-06.2"' in shown
    assert "200, not 409" in shown
    assert shown.count("twice in RUN") == 1
    assert shown.index("::test_b") < shown.index("::test_c") < shown.index("twice in RUN")
    assert "1 test passed: <code>test_cancel.py::test_d</code>" in shown


def test_the_folder_of_a_run_is_nobody_elses_business() -> None:
    document = msgspec.to_builtins(part())
    document["requirements"][1]["tests"][0]["message"] = "see /runs/of/somebody/logs/api-1.log"
    page = render_matrix([Column(msgspec.convert(document, Results), "not signed")])
    assert "see RUN_DIR/logs/api-1.log" in page
    assert "/runs/of" not in page


def test_an_oracle_is_no_gap_of_a_run_with_probes() -> None:
    page = render_matrix([Column(whole(), "not signed"), Column(in_field(), "not signed")])
    assert "an oracle of field mode" in row(page, "FIELD-01")
    assert "certified in field mode" in page
    assert "field mode, graph agent" in page


@pytest.mark.parametrize("number", [1, 3, 12])
def test_the_page_fetches_nothing_and_runs_only_its_own_script(number: int) -> None:
    results = [examples.hostile(), whole(), part()]
    text = render_matrix([Column(results[n % 3], examples.HOSTILE) for n in range(number)])
    page = Page(text)
    assert page.values("src") == []
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert "<script>window" not in text
    ids = page.values("id")
    assert len(ids) == len(set(ids))


# -- in a browser ----------------------------------------------------------------------------


def test_what_differs_is_found_and_survives_in_the_address(visit: Visit) -> None:
    page = visit(matrix())
    assert len(list_visible_rows(page)) == 4
    page.locator("label.chip", has_text="runs differ").click()
    assert list_visible_rows(page) == ["CAN-06"]
    page.click("#CAN-06 > summary")
    page.reload()
    assert list_visible_rows(page) == ["CAN-06"]
    assert page.is_visible("#CAN-06 .evidence >> text=200, not 409")


def test_a_link_to_a_cell_opens_its_row(visit: Visit) -> None:
    page = visit(matrix(), "#CAN-06.2")
    assert page.get_attribute("#CAN-06", "open") is not None
    assert page.locator("[id='CAN-06.2']").is_visible()


def test_words_of_the_evidence_are_found(visit: Visit) -> None:
    page = visit(matrix(), "#words=test_cancel.py")
    assert list_visible_rows(page) == ["CAN-06"]


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_overflows_sideways(visit: Visit, width: int) -> None:
    columns = [Column(whole(), "not signed"), Column(part(), "signed by " + "x" * 60)]
    page = visit(render_matrix([*columns, Column(examples.hostile(), "no")]), width=width)
    page.click("#open")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_of_a_hostile_target_runs(visit: Visit) -> None:
    columns = [Column(examples.hostile(), examples.HOSTILE), Column(whole(), "not signed")]
    page = visit(render_matrix(columns))
    page.click("#open")
    assert page.evaluate("window.pwned") is None
    assert page.evaluate("document.scripts.length") == 1
    assert "<script>window.pwned=1</script>" in page.inner_text("#requirements")
