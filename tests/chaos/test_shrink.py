"""The shrinker, on runners that fail for known reasons."""

from collections.abc import Sequence

import pytest

from conformance.chaos.shrink import shrunk

MANY = list(range(40))


class Runner:
    """Fails when all of `guilty` are there, in whatever company; counts its runs."""

    def __init__(self, *guilty: int) -> None:
        self.guilty = set(guilty)
        self.runs: list[list[int]] = []

    def __call__(self, entries: list[int]) -> bool:
        self.runs.append(entries)
        return self.guilty <= set(entries)


@pytest.mark.parametrize("guilty", [(0,), (39,), (17,), (3, 4), (0, 39), (1, 20, 38)])
def test_exactly_the_guilty_are_left_in_their_order(guilty: Sequence[int]) -> None:
    runner = Runner(*guilty)
    assert shrunk(MANY, runner, 1000) == list(guilty)
    assert len(runner.runs) < 150


def test_one_culprit_is_found_by_halving() -> None:
    runner = Runner(23)
    assert shrunk(MANY, runner, 1000) == [23]
    assert len(runner.runs) <= 14


def test_what_fails_without_any_fault_needs_one_try() -> None:
    runner = Runner()
    assert shrunk(MANY, runner, 10) == []
    assert runner.runs == [[]]


def test_the_same_is_never_tried_twice() -> None:
    runner = Runner(5, 30)
    shrunk(MANY, runner, 1000)
    assert len({tuple(run) for run in runner.runs}) == len(runner.runs)


@pytest.mark.parametrize("tries", [1, 3, 7])
def test_when_tries_are_used_up_the_smallest_found_so_far_still_fails(tries: int) -> None:
    runner = Runner(5, 30)
    left = shrunk(MANY, runner, tries)
    assert len(runner.runs) == tries
    assert {5, 30} <= set(left)


def test_entries_that_are_alike_are_told_apart() -> None:
    assert shrunk(["kill"] * 6, lambda entries: len(entries) >= 2, 100) == ["kill", "kill"]


def test_one_that_nothing_smaller_fails_without_stays_whole() -> None:
    assert shrunk([1, 2, 3], lambda entries: len(entries) == 3, 100) == [1, 2, 3]


def test_a_single_entry_stays() -> None:
    assert shrunk(["kill"], lambda entries: bool(entries), 10) == ["kill"]
