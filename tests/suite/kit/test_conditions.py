"""Pairs of conditions: each finds less than either of its two."""

from onceproof.conformance.suite.kit.lists.conditions import condition, pair_up

ECHO = condition({"graph_id": "echo"}, "a", "b")
RIPE = condition({"metadata": {"ripe": True}}, "b", "c")
RED = condition({"metadata": {"red": True}}, "a", "c")


def test_a_pair_states_both_conditions_and_names_what_meets_both() -> None:
    [both] = pair_up((RIPE, RED))
    assert both.body == {"metadata": {"ripe": True, "red": True}}
    assert both.names == {"c"}


def test_a_pair_that_finds_what_one_of_the_two_finds_is_left_out() -> None:
    wide = condition({"name": ""}, "a", "b", "c")
    assert pair_up((ECHO, wide)) == []


def test_conditions_that_replace_each_other_make_no_pair() -> None:
    chain = condition({"graph_id": "chain"}, "c")
    unripe = condition({"metadata": {"ripe": False}}, "a")
    assert pair_up((ECHO, chain)) == pair_up((RIPE, unripe)) == []


def test_every_two_of_three_make_a_pair() -> None:
    assert [sorted(both.names) for both in pair_up((ECHO, RIPE, RED))] == [["b"], ["a"], ["c"]]
