"""What was not judged is shown by its reason, however many requirements share it."""

from onceproof.reports import html, junit, markdown
from onceproof.reports.gaps import Gap, group_gaps
from tests.reports import examples
from tests.reports.test_terminal import print_report

MANY = [f"A-{number:02}" for number in range(97)]
SETTLED = examples.settle(
    examples.frame(
        [
            examples.requirement("B-1"),
            examples.requirement("B-2", "NOT_JUDGED", reason="it needs hands: name a lever"),
            *(examples.requirement(id, "NOT_JUDGED", reason=examples.NO_CHAIN) for id in MANY),
        ]
    )
)


def test_requirements_are_grouped_by_reason_the_most_frequent_first() -> None:
    assert group_gaps(SETTLED) == [
        Gap(examples.NO_CHAIN, tuple(MANY)),
        Gap("it needs hands: name a lever", ("B-2",)),
    ]


def test_every_report_says_a_shared_reason_once() -> None:
    lines = [print_report(SETTLED), markdown.render(SETTLED)]
    assert [text.count(examples.NO_CHAIN) for text in lines] == [1, 1]
    assert "NOT JUDGED 97 requirements: it needs the probe graph" in lines[0]
    page = html.render(SETTLED)
    assert "and 85 more" in page[: page.index('id="requirements"')]


def test_each_case_of_junit_keeps_its_reason() -> None:
    assert junit.render(SETTLED).decode().count(f'message="NOT_JUDGED: {examples.NO_CHAIN}"') == 97


def test_what_was_not_judged_in_core_costs_the_certificate_and_no_more() -> None:
    assert (SETTLED.outcome, SETTLED.exit_status) == ("partial", 12)
    [reason] = SETTLED.reasons
    assert reason.sentence.startswith("98 core requirements not judged for want of")
