"""Profiles: declared by the operator, probed by the suite, reported with a denominator each."""

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.register import PROFILES
from onceproof.conformance.runner.certification import Plan
from onceproof.reports import html, markdown
from onceproof.reports.results import Profile, Results
from tests.reports import examples
from tests.reports.test_terminal import print_report

Verdict = tuple[str, str, str]  # profile, verdict, scope

CORE = ("core", "PASS", "core")


def settled(
    *verdicts: Verdict, declared: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> Results:
    parts = [
        examples.requirement(f"A-{n}", verdict, profile=profile, scope=scope)
        for n, (profile, verdict, scope) in enumerate((CORE, *verdicts))
    ]
    document = examples.frame(parts)
    document["run"] = {**document["run"], "profiles": list(declared), "only": list(only)}
    return examples.settle(document)


def claim_of(results: Results) -> tuple[str, int]:
    return results.outcome, results.exit_status


def of(results: Results, name: str) -> Profile:
    (one,) = [profile for profile in results.profiles if profile.profile == name]
    return one


ABSENT = ("schedules", "NOT_APPLICABLE", "ext")


def test_what_is_declared_and_absent_fails() -> None:
    results = settled(ABSENT, declared=("core", "schedules"))
    assert claim_of(results) == ("failed", 10)
    reason = results.reasons[0]
    assert (reason.sentence, reason.names) == (
        "1 declared profile missing from the target",
        ("schedules",),
    )
    assert of(results, "schedules").outcome == "failed"


@pytest.mark.parametrize("declared", [(), ("core",)])
def test_what_is_absent_and_not_declared_does_not_hinder(declared: tuple[str, ...]) -> None:
    assert claim_of(settled(ABSENT, declared=declared)) == ("certified", 0)


@pytest.mark.parametrize("verdict", ["PASS", "FAIL", "WARN"])
def test_a_part_that_is_absent_leaves_a_profile_offered(verdict: str) -> None:
    results = settled(ABSENT, ("schedules", verdict, "ext"), declared=("core", "schedules"))
    assert of(results, "schedules").offered is True
    assert results.outcome == ("failed" if verdict == "FAIL" else "certified")


@pytest.mark.parametrize("verdict", ["INCONCLUSIVE", "DISABLED", "NOT_JUDGED", "UNTESTED"])
def test_what_was_not_judged_is_neither_offered_nor_absent(verdict: str) -> None:
    results = settled(("hooks", verdict, "ext"), declared=("core", "hooks"))
    assert of(results, "hooks").offered is None
    assert results.outcome != "failed"


def test_a_selection_says_nothing_of_a_whole_profile() -> None:
    results = settled(ABSENT, declared=("core", "schedules"), only=("A",))
    assert claim_of(results) == ("certified", 0)


def test_what_is_offered_and_not_declared_is_a_notice() -> None:
    results = settled(("schedules", "PASS", "ext"), declared=("core",))
    assert claim_of(results) == ("certified", 0)
    reason = results.reasons[-1]
    assert (reason.sentence, reason.names) == (
        "1 profile offered but not declared, so not certified",
        ("schedules",),
    )


@pytest.mark.parametrize(
    ("scope", "declared", "word"),
    [
        ("ext", ("core",), "certified"),
        ("ext", ("core", "schedules"), "failed"),
        ("ext", (), "failed"),
        ("core", ("core",), "failed"),
    ],
)
def test_only_what_a_target_need_not_have_depends_on_the_declaration(
    scope: str, declared: tuple[str, ...], word: str
) -> None:
    results = settled(("schedules", "FAIL", scope), declared=declared)
    assert results.outcome == word
    assert of(results, "schedules").outcome == "failed"


def test_a_profile_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"unknown --profiles 'quue'; choose from core, queue"):
        Plan(Options(environ={}), profiles=("core", "quue"))
    assert Plan(Options(environ={}), profiles=tuple(PROFILES)).profiles == tuple(PROFILES)


def test_each_report_tells_the_claim_and_the_denominator() -> None:
    results = settled(
        ABSENT,
        ("queue", "PASS", "core"),
        ("queue", "UNTESTED", "core"),
        declared=("core", "schedules"),
    )
    text = print_report(results)
    assert "\n  queue      1 of 2 passed, 1 untested  (offered, not declared)\n" in text
    assert "\n  schedules  0 of 1 passed, 1 not applicable  (declared, not offered)\n" in text
    table = markdown.render(results)
    assert "| Profile | Outcome | Claim | Passed | Of | Untested | Not applicable |" in table
    assert "| schedules | failed | declared, not offered | 0 | 1 | 0 | 1 |" in table
    assert 'schedules <span class="count">declared, not offered</span>' in html.render(results)


def test_without_a_declaration_nothing_is_said_of_claims() -> None:
    results = settled(("queue", "PASS", "core"))
    assert "declared" not in print_report(results) + markdown.render(results)
    assert "| Profile | Outcome | Passed | Of |" in markdown.render(results)
    assert of(results, "queue").declared is None
