"""Annotations: what a job's page shows, as a runner reads it out of the log."""

import pytest

from onceproof.reports import annotations
from onceproof.reports.results import Results
from tests.action.job import Annotation, list_annotations
from tests.reports import examples


def read(results: Results) -> list[Annotation]:
    text = annotations.render(results)
    found = list_annotations(text)
    assert len(found) == len(text.splitlines())
    return found


def test_outcome_failures_and_warnings_have_one_each() -> None:
    assert [(each.level, each.title) for each in read(examples.mixed())] == [
        ("error", "onceproof: failed (exit status 10)"),
        ("error", "FAIL CAN-06 cancel of a finished run leaves its status unchanged"),
        ("error", "FAIL QUE-08 the subject of QUE-08"),
        ("warning", "WARN QUE-16 the subject of QUE-16"),
    ]


def test_a_certificate_is_a_notice_and_nothing_else() -> None:
    [only] = read(examples.green())
    assert (only.level, only.title) == ("notice", "onceproof: certified (exit status 0)")


def test_a_certificate_says_how_many_recommendations_are_not_met() -> None:
    first, *_ = read(examples.warned())
    title = "onceproof: certified, with 3 recommendations not met (exit status 0)"
    assert (first.level, first.title) == ("notice", title)


def test_a_cause_is_one_annotation_for_all_that_share_it() -> None:
    outcome, cause = read(examples.huge())
    assert cause.title == "404 requirements with a cause in common"
    assert "begin with the first: the same command with --only BIG-000" in cause.message
    assert "404 required behaviours failed" in outcome.message


def test_the_tenth_names_what_is_not_shown() -> None:
    reasons = ["ValueError", "KeyError", "OSError", "TypeError", "a gap", "a hole", "late", "early"]
    reasons += ["wrong", "odd", "even", "missing"]
    parts = [
        examples.requirement(f"QUE-{number:02d}", "FAIL", reason=reason)
        for number, reason in enumerate(reasons)
    ]
    errors = read(examples.settle(examples.frame(parts)))
    assert len(errors) == annotations.SHOWN
    assert errors[-1].title == "and 4 more, see the job summary and the report"
    assert errors[-1].message == "QUE-08, QUE-09, QUE-10, QUE-11"


@pytest.mark.parametrize("text", ["a\n::error title=x::y", "100%, or: 5%0A", "\r::set-output::"])
def test_no_text_becomes_another_command(text: str) -> None:
    [found] = list_annotations(annotations.annotate("warning", text, text))
    assert found == Annotation("warning", text, text)


def test_what_a_target_says_stays_in_its_annotation() -> None:
    assert {each.level for each in read(examples.hostile())} <= {"error", "warning"}
