"""The search finds the rate at which a server begins to miss its levels, or says why it cannot."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceproof.load.capacity.search import MOST_TRIALS, NARROW, Outcome, Search

MISSED = Outcome(["create run: p99 in ms was 140, and may be 100 at most"])


@given(st.floats(0.5, 1_900))
def test_the_capacity_lies_in_a_narrow_bracket(capacity: float) -> None:
    found = Search(lambda rate: Outcome() if rate <= capacity else MISSED).find()
    assert found.is_conclusive
    assert found.missed_per_s is not None
    assert found.kept_per_s <= capacity < found.missed_per_s
    assert found.missed_per_s / found.kept_per_s <= NARROW
    assert len(found.trials) <= MOST_TRIALS


@pytest.mark.parametrize("seed", range(5))
def test_one_disturbed_trial_in_ten_does_not_mislead(seed: int) -> None:
    chance = random.Random(seed)

    def attempt(rate: float) -> Outcome:
        is_disturbed = chance.random() < 0.1
        return MISSED if rate > 100 or is_disturbed else Outcome()

    found = Search(attempt, repeats=5).find()
    assert 80 <= found.kept_per_s <= 100


def test_a_generator_that_cannot_keep_up_ends_the_search() -> None:
    doubtful = Outcome(MISSED.misses, ["the generator used 99 % of a CPU"])
    found = Search(lambda rate: doubtful if rate > 50 else Outcome()).find()
    assert (found.is_conclusive, found.kept_per_s, found.missed_per_s) == (False, 40, None)
    assert found.reason == "the generator was the bottleneck"


def test_levels_that_are_kept_although_the_generator_lagged_are_kept() -> None:
    lagging = Outcome([], ["one run in a hundred began 9 ms or more after it was due"])
    assert Search(lambda _: lagging, most_per_s=20).find().kept_per_s == 20


def test_a_server_that_bears_whatever_is_asked_has_no_upper_end() -> None:
    found = Search(lambda _: Outcome(), most_per_s=64).find()
    assert (found.kept_per_s, found.missed_per_s) == (64, None)
    assert found.reason == "nobody asked for more"


def test_a_server_that_bears_nothing_ends_the_search() -> None:
    found = Search(lambda _: MISSED).find()
    assert (found.kept_per_s, found.is_conclusive) == (0, False)
