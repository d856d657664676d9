"""Several histories judged by one check have one answer, and nothing of any is lost."""

from onceproof.conformance.checks.combined import combine
from onceproof.conformance.checks.result import CAP, CheckResult, Finding
from onceproof.conformance.verdict import Verdict


def finding(key: str) -> Finding:
    return Finding("lost", key, f"{key} is lost", "it", "nothing", (1, 2))


def answer(verdict: Verdict, judged: int, *keys: str, reason: str | None = None) -> CheckResult:
    counts = {"judged": judged, "findings": len(keys)}
    notices = tuple(f"about {key}" for key in keys)
    return CheckResult("lost", verdict, tuple(map(finding, keys)), counts, notices, reason)


def test_findings_name_their_history_and_counts_add_up():
    bad = answer(Verdict.FAIL, 3, "a", "b")
    [both] = combine({"one": [bad], "two": [answer(Verdict.FAIL, 2, "c")]})
    assert [(each.key, each.history) for each in both.findings] == [
        ("a", "one"),
        ("b", "one"),
        ("c", "two"),
    ]
    assert both.findings[0] == Finding("lost", "a", "a is lost", "it", "nothing", (1, 2), "one")
    assert (both.check, both.verdict) == ("lost", Verdict.FAIL)
    assert both.counts == {"judged": 5, "findings": 3}
    assert both.notices == ("about a", "about b", "about c")


def test_a_history_that_shows_nothing_takes_nothing_away():
    nothing = answer(Verdict.INCONCLUSIVE, 0, reason="no runs")
    [both] = combine({"one": [nothing], "two": [answer(Verdict.PASS, 1)]})
    assert (both.verdict, both.reason) == (Verdict.PASS, None)


def test_a_doubt_about_one_history_is_a_doubt_about_all():
    open_ = answer(Verdict.INCONCLUSIVE, 1, reason="not all was read")
    [both] = combine({"one": [answer(Verdict.PASS, 1)], "two": [open_]})
    assert (both.verdict, both.reason) == (Verdict.INCONCLUSIVE, "not all was read")


def test_where_no_history_shows_anything_the_reason_says_so():
    nothing = answer(Verdict.INCONCLUSIVE, 0, reason="no runs")
    [both] = combine({"one": [nothing], "two": [nothing]})
    assert (both.verdict, both.reason) == (Verdict.INCONCLUSIVE, "no runs")


def test_findings_and_notices_beyond_the_limit_are_left_out():
    many = answer(Verdict.FAIL, 1, *map(str, range(CAP)))
    [both] = combine({"one": [many], "two": [many]})
    assert (len(both.findings), len(both.notices)) == (CAP, CAP)
    assert both.counts["findings"] == 2 * CAP


def test_each_check_is_combined_with_itself():
    other = CheckResult("phantom", Verdict.PASS, (), {"judged": 1}, (), None)
    both = combine({n: [answer(Verdict.PASS, 1), other] for n in ("one", "two")})
    assert [each.check for each in both] == ["lost", "phantom"]
