"""The pairs of runs are what they claim to be, and each strategy's test fails by its own only."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import pytest

from onceproof.conformance.suite.multitask.pairs import (
    CANCELLED,
    EARLIER,
    PAIRS,
    REFUSED,
    STRATEGIES,
    Ends,
    Pair,
)
from onceproof.conformance.suite.multitask.test_pairs import demand_ends

VALUES = {"strategy": STRATEGIES, "earlier": EARLIER, "cancelled": CANCELLED}


def list_twos(pair: Pair) -> set[frozenset[tuple[str, str]]]:
    each = [(name, getattr(pair, name)) for name in VALUES]
    return set(map(frozenset, combinations(each, 2)))


def test_any_two_meet() -> None:
    wanted = set().union(*(list_twos(Pair(*values)) for values in product(*VALUES.values())))
    assert wanted - set().union(*map(list_twos, PAIRS)) == set()
    assert len(set(PAIRS)) == len(PAIRS) == 20


def make_ends() -> list[Ends]:
    return [Ends(pair, *pair.right_ends, None if pair.has_newcomer else REFUSED) for pair in PAIRS]


def list_failing(played: Sequence[Ends]) -> list[str]:
    failed = []
    for strategy in STRATEGIES:
        try:
            demand_ends(played, strategy)
        except AssertionError:
            failed.append(strategy)
    return failed


def test_right_ends_pass() -> None:
    assert list_failing(make_ends()) == []


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_wrong_end_fails_the_test_of_its_strategy(pair: Pair) -> None:
    for change in ({"earlier": "timeout"}, {"newcomer": "timeout"}, {"refused": 422}):
        spoilt = [replace(each, **change) if each.pair == pair else each for each in make_ends()]
        assert list_failing(spoilt) == [pair.strategy]
