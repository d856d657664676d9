"""A test that has several outcomes counts by its worst, whoever brought them."""

from typing import Literal

import pytest

from onceproof.conformance.runner.collector import Collector

Outcome = Literal["passed", "failed", "skipped"]


def report(outcome: str, reason: str = "") -> pytest.TestReport:
    longrepr = ("test_a.py", 1, f"Skipped: {reason}") if outcome == "skipped" else reason or None
    made = pytest.TestReport(
        "test_a.py::test", ("test_a.py", 1, "test"), {}, "passed", None, "call"
    )
    made.outcome, made.longrepr = outcome, longrepr  # type: ignore[assignment]
    return made


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        (("passed", "passed"), "passed"),
        (("failed", "passed"), "failed"),
        (("passed", "failed"), "failed"),
        (("rerun", "rerun", "passed"), "failed"),
        (("skipped", "passed"), "skipped"),
        (("skipped", "failed", "skipped"), "failed"),
    ],
)
def test_the_worst_of_several_outcomes_counts(outcomes: tuple[str, ...], worst: str) -> None:
    collector = Collector()
    for number, outcome in enumerate(outcomes):
        collector.pytest_runtest_logreport(report(outcome, f"reason {number}"))
    [test] = collector.evidence.tests.values()
    assert test.outcome == worst
    if worst == "failed":
        assert (
            test.message
            == f"reason {outcomes.index('failed' if 'failed' in outcomes else 'rerun')}"
        )


def test_a_doubt_is_worse_than_what_does_not_apply() -> None:
    collector = Collector()
    for reason in ("INCONCLUSIVE: no worker stalled", "NOT_APPLICABLE: no such route"):
        collector.pytest_runtest_logreport(report("skipped", reason))
    [test] = collector.evidence.tests.values()
    assert test.message == "INCONCLUSIVE: no worker stalled"
