"""The verdict of a requirement, from the tests that ran for it and the checks that speak of it."""

import pytest
from msgspec import UNSET

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.judgement.requirements import Evidence, TestOutcome
from onceproof.conformance.register import load_register
from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import Ending

NODEID = "shutdown/test_stop.py::test_it"
RECOVERED = next(one for one in load_register().values() if "recovery" in one.checks)


def verdict(check: Verdict, outcome: Ending | None) -> Verdict:
    """Of a requirement with one test, which ended so if it ran, and one check."""
    evidence = Evidence(
        known={NODEID: (RECOVERED.id,)},
        tests={NODEID: TestOutcome(NODEID, (RECOVERED.id,), outcome, 0)} if outcome else {},
        checks={"recovery": CheckResult("recovery", check, (), {"judged": 0}, (), None)},
    )
    return evidence.judge(RECOVERED).verdict


@pytest.mark.parametrize(
    ("check", "ran", "expected"),
    [
        (Verdict.PASS, "passed", "PASS"),
        (Verdict.INCONCLUSIVE, "passed", "INCONCLUSIVE"),
        (Verdict.FAIL, "passed", "FAIL"),
        (Verdict.INCONCLUSIVE, None, "DISABLED"),
        (Verdict.PASS, None, "DISABLED"),
        (Verdict.FAIL, None, "FAIL"),
    ],
)
def test_what_was_not_selected_is_disabled_unless_it_was_seen_to_fail(
    check: Verdict, ran: Ending | None, expected: str
) -> None:
    assert verdict(check, ran) == expected


@pytest.mark.parametrize(
    ("message", "judged", "expected"),
    [
        ("NOT_JUDGED: it needs a probe", 0, "NOT_JUDGED"),
        ("NOT_JUDGED: it needs a probe", 3, "INCONCLUSIVE"),
        ("INCONCLUSIVE: it did not occur", 0, "INCONCLUSIVE"),
    ],
)
def test_a_check_that_saw_nothing_is_silent_where_no_test_could_judge(
    message: str, judged: int, expected: str
) -> None:
    check = CheckResult("recovery", Verdict.INCONCLUSIVE, (), {"judged": judged}, (), "nothing")
    evidence = Evidence(
        known={NODEID: (RECOVERED.id,)},
        tests={NODEID: TestOutcome(NODEID, (RECOVERED.id,), "skipped", 0, message)},
        checks={"recovery": check},
    )
    assert evidence.judge(RECOVERED).verdict == expected


@pytest.mark.parametrize(
    ("only", "judged", "expected"),
    [((), 0, "INCONCLUSIVE"), (("DEP-03",), 0, "PASS"), (("DEP-03",), 1, "INCONCLUSIVE")],
)
def test_a_selection_is_judged_by_its_tests_where_a_check_saw_nothing(
    only: tuple[str, ...], judged: int, expected: str
) -> None:
    """What the check would have seen is made by tests that were not selected."""
    check = CheckResult("cross_talk", Verdict.INCONCLUSIVE, (), {"judged": judged}, (), "nothing")
    test = TestOutcome("t", ("DEP-03",), "passed", 1.0)
    evidence = Evidence({"t": ("DEP-03",)}, {"t": test}, {"cross_talk": check}, only)
    assert evidence.judge(load_register()["DEP-03"]).verdict == expected


@pytest.mark.parametrize(
    ("id", "judge"),
    [
        ("SYS-01", "any server"),
        ("RUN-05", "any graph (ends_once), or probes chain fail slow"),
        ("CAN-16", "probes chain"),
        ("EXT-01", UNSET),
    ],
)
def test_each_entry_says_by_what_it_is_judged(id: str, judge: object) -> None:
    assert Evidence().judge(load_register()[id]).judged_by == judge
