"""The shrinker, on runners and on chaoses that fail for known reasons."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.chaos.run import Say
from onceproof.conformance.chaos.shrink import shrink, shrink_by_running
from onceproof.conformance.commands.chaos import chaos
from onceproof.conformance.faults.catalogue import Entry
from onceproof.conformance.options import Options

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
    assert shrink(MANY, runner, 1000) == list(guilty)
    assert len(runner.runs) < 150


def test_one_culprit_is_found_by_halving() -> None:
    runner = Runner(23)
    assert shrink(MANY, runner, 1000) == [23]
    assert len(runner.runs) <= 14


def test_what_fails_without_any_fault_needs_one_try() -> None:
    runner = Runner()
    assert shrink(MANY, runner, 10) == []
    assert runner.runs == [[]]


def test_the_same_is_never_tried_twice() -> None:
    runner = Runner(5, 30)
    shrink(MANY, runner, 1000)
    assert len({tuple(run) for run in runner.runs}) == len(runner.runs)


@pytest.mark.parametrize("tries", [1, 3, 7])
def test_when_tries_are_used_up_the_smallest_found_so_far_still_fails(tries: int) -> None:
    runner = Runner(5, 30)
    left = shrink(MANY, runner, tries)
    assert len(runner.runs) == tries
    assert {5, 30} <= set(left)


def test_entries_that_are_alike_are_told_apart() -> None:
    assert shrink(["kill"] * 6, lambda entries: len(entries) >= 2, 100) == ["kill", "kill"]


def test_one_that_nothing_smaller_fails_without_stays_whole() -> None:
    assert shrink([1, 2, 3], lambda entries: len(entries) == 3, 100) == [1, 2, 3]


def test_a_single_entry_stays() -> None:
    assert shrink(["kill"], lambda entries: bool(entries), 10) == ["kill"]


KILLS = [Entry(float(n), "worker-killed", 1.0, ("worker-1",)) for n in range(1, 7)]


SERVED = Plan(Options(command="serve {port} {role}"), seed=7, minutes=1.0, runs=60)


def shrinking(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    guilty: Sequence[Entry],
    tries: int,
    plan: Plan = SERVED,
) -> list[str]:
    """All lines printed when a chaos of `KILLS` fails by `lost` wherever the guilty are played."""

    def run_chaos(plan: Plan, say: Say, entries: Sequence[Entry]) -> SimpleNamespace:
        failing = ["lost"] if set(guilty) <= set(entries) else ["recovery"]
        return SimpleNamespace(failing=failing)

    monkeypatch.setattr("onceproof.conformance.chaos.shrink.run_chaos", run_chaos)
    failed = SimpleNamespace(folder=folder, played=KILLS, failing=["lost"])
    lines: list[str] = []
    lines += shrink_by_running(plan, failed, tries, lines.append)  # type: ignore[arg-type]
    return lines


def test_a_failed_chaos_is_played_in_parts_until_only_the_guilty_are_left(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = shrinking(monkeypatch, tmp_path, KILLS[3:4], 20)
    assert lines[:2] == ["try 1 of at most 20: 0 faults", "  fails by recovery"]
    [what] = [line for line in lines if line.startswith("what")]
    assert what.startswith("what makes it fail is 1 fault of 6, found in ")
    least = msgspec.json.decode((tmp_path / "shrunk-schedule.json").read_bytes(), type=list[Entry])
    assert least == KILLS[3:4]


def test_the_command_that_is_told_plays_the_same_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = shlex.split(shrinking(monkeypatch, tmp_path, KILLS[3:4], 20)[-1])
    assert command[:2] == ["onceproof", "chaos"]
    given = chaos.make_context("chaos", command[2:]).params
    assert (given["command"], given["seed"]) == ("serve {port} {role}", 7)
    assert (given["schedule"], given["faults"]) == (tmp_path / "shrunk-schedule.json", ())
    # Four seconds until the last fault, one that it lasts, and the tail; as many runs a second.
    assert (given["minutes"], given["runs"]) == (pytest.approx(20 / 60, abs=0.001), 20)


def test_the_command_names_the_profile_and_the_faults_that_the_target_was_given_by(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    options = Options(target_profile="langgraph-dev", env=("A=1", "B=2"))
    plan = Plan(options, seed=7, minutes=1.0, faults=("worker-killed", "all-killed"))
    command = shlex.split(shrinking(monkeypatch, tmp_path, KILLS[3:4], 20, plan)[-1])
    given = chaos.make_context("chaos", command[2:]).params
    assert (given["target_profile"], given["env"]) == ("langgraph-dev", ("A", "B"))
    assert given["faults"] == ("worker-killed", "all-killed")


def test_the_smallest_part_so_far_is_in_the_file_when_the_tries_are_used_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = shrinking(monkeypatch, tmp_path, KILLS[3:4], 3)
    assert "what makes it fail is 3 faults of 6, found in 3 tries:" in lines
    kept = msgspec.json.decode((tmp_path / "shrunk-schedule.json").read_bytes(), type=list[Entry])
    assert kept == KILLS[3:]
