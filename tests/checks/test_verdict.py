"""Worst wins, and nothing measured is never a pass."""

from itertools import combinations

from onceproof.conformance.verdict import Verdict, merge

WORST_FIRST = [
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.DISABLED,
    Verdict.NOT_JUDGED,
    Verdict.UNTESTED,
    Verdict.NOT_APPLICABLE,
    Verdict.PASS,
]


def test_the_worse_of_two_wins():
    assert set(WORST_FIRST) == set(Verdict)
    for worse, better in combinations(WORST_FIRST, 2):
        assert merge([better, worse]) is worse


def test_all_passes_are_a_pass():
    assert merge([Verdict.PASS] * 3) is Verdict.PASS


def test_nothing_is_untested():
    assert merge([]) is Verdict.UNTESTED


def test_a_verdict_is_its_own_word():
    assert f"{Verdict.NOT_APPLICABLE}" == "NOT_APPLICABLE"
