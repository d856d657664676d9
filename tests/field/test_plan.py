"""The plan is drawn from a seed, stays within its bounds, and is said before it starts."""

from pathlib import Path

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.field.inputs import load_object, load_values
from onceproof.conformance.field.plan import FIRST, FieldPlan, Shares, describe_strikes


def plan(runs: int, **changed: object) -> FieldPlan:
    return FieldPlan("agent", [{"n": n} for n in range(3)], max_runs=runs, **changed)  # type: ignore[arg-type]


def count_runs(drawn: FieldPlan) -> int:
    return sum(len(situation.inputs) for situation in drawn.draw())


@pytest.mark.parametrize("runs", [1, 2, 5, 15, 16, 40, 137])
def test_it_has_as_many_runs_as_it_may(runs: int) -> None:
    assert count_runs(plan(runs)) == runs


def test_each_kind_comes_about_before_any_is_repeated() -> None:
    drawn = [situation.kind for situation in plan(40).draw()]
    assert drawn[: len(FIRST)] == list(FIRST)


def test_the_same_seed_draws_the_same_plan() -> None:
    assert plan(60, seed=3).draw() == plan(60, seed=3).draw()
    assert plan(60, seed=3).draw() != plan(60, seed=4).draw()


def test_inputs_are_dealt_in_turn() -> None:
    dealt = [number for situation in plan(40).draw() for number in situation.inputs]
    assert dealt == [n % 3 for n in range(40)]


def test_no_input_is_sent_twice_where_that_is_asked() -> None:
    dealt = [n for each in plan(40, once_per_input=True).draw() for n in each.inputs]
    assert sorted(dealt) == [0, 1, 2]


def test_it_is_said_in_one_sentence() -> None:
    drawn = plan(15, seed=5)
    sentence = drawn.describe(drawn.draw())
    assert sentence.startswith("about 15 runs of 'agent' on 8 threads: ")
    assert sentence.endswith("3 inputs in turn, seed 5")


def test_no_inputs_are_refused() -> None:
    with pytest.raises(UsageError, match="--input holds no input"):
        FieldPlan("agent", [])


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ('[1, {"a": 2}]', [1, {"a": 2}]),
        ('{"a": 1}', [{"a": 1}]),
        ('{"a": 1}\n\n"b"\n', [{"a": 1}, "b"]),
    ],
)
def test_inputs_are_a_list_a_value_or_lines(
    content: str, values: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "inputs"
    path.write_text(content)
    assert load_values("--input", path) == values


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "inputs"
    path.write_text('{"a": 1}\nnope\n')
    with pytest.raises(UsageError, match=r"--input '.*', line 2, is not JSON"):
        load_values("--input", path)
    with pytest.raises(UsageError, match="cannot be read"):
        load_values("--input", tmp_path / "missing")


def test_a_config_is_one_object(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("[1]")
    with pytest.raises(UsageError, match=r"--config '.*' holds no JSON object"):
        load_object("--config", path)


FAULTS = ["worker-killed", "worker-stalled", "redis-restarted"]


@pytest.mark.parametrize(("runs", "strikes"), [(15, 0), (17, 0), (18, 1), (40, 6), (24, 3)])
def test_faults_come_once_each_situation_has_come_about(runs: int, strikes: int) -> None:
    drawn = plan(runs)
    struck = drawn.draw_strikes(FAULTS)
    calm = sum(len(each.inputs) for each in drawn.draw(FAULTS))
    assert len(struck) == strikes
    assert calm + sum(len(each.inputs) for one in struck for each in one.situations) == runs
    assert [each.fault for each in struck[:3]] == FAULTS[:strikes]


def test_what_is_going_to_be_broken_is_said() -> None:
    assert describe_strikes(plan(40).draw_strikes(FAULTS[:1] * 1)) == (
        "then 18 runs under 6 faults: a worker killed (6 times)"
    )


def test_no_input_is_sent_twice_under_faults() -> None:
    inputs = [{"n": n} for n in range(20)]
    drawn = FieldPlan("agent", inputs, max_runs=40, once_per_input=True)
    dealt = [n for each in drawn.draw(FAULTS) for n in each.inputs]
    struck = drawn.draw_strikes(FAULTS)
    dealt += [n for one in struck for each in one.situations for n in each.inputs]
    assert sorted(dealt) == list(range(20))


@pytest.mark.parametrize(
    ("runs", "suite", "load", "shares"),
    [
        (14, True, True, Shares(14)),
        (60, True, True, Shares(40, 10, 10)),
        (140, True, True, Shares(40, 40, 60)),
        (140, False, True, Shares(40, 0, 100)),
        (140, True, False, Shares(100, 40)),
        (140, False, False, Shares(140)),
    ],
)
def test_what_the_oracles_leave_is_for_suite_and_load(
    runs: int, suite: bool, load: bool, shares: Shares
) -> None:
    assert plan(runs).divide(suite=suite, load=load) == shares
    assert plan(runs, once_per_input=True).divide(suite=suite, load=load) == Shares(3)


def test_what_comes_beside_the_oracles_is_said() -> None:
    said = Shares(40, 40, 60).describe("16 users for 20 s")
    assert said == (
        "then at most 40 for tests that need any graph and at most 60 for the load "
        "(16 users for 20 s)"
    )
    assert Shares(40).describe("") == ""
