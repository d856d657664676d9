"""Intended starts: how many, when, and in which order."""

from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onceproof.conformance.errors import UsageError
from onceproof.load.arrivals.schedule import (
    Arrival,
    Stage,
    draw_poisson,
    gather,
    plan_arrivals,
    space_evenly,
)
from onceproof.load.arrivals.spelling import read_schedule

KINDS = ("background", "wait", "stream")


def times(text: str, seed: int = 0) -> list[float]:
    return [arrival.at_s for arrival in read_schedule("--arrivals", text, seed, KINDS)]


def test_a_constant_rate_is_evenly_spaced() -> None:
    assert times("constant:4*1s") == [0, 0.25, 0.5, 0.75]


def test_a_burst_comes_at_once_and_keeps_the_rate() -> None:
    assert times("burst3:6*1s") == [0, 0, 0, 0.5, 0.5, 0.5]


def test_stages_follow_one_another_and_one_may_be_silent() -> None:
    assert times("constant:1*2s,0*3s,2*1s") == [0, 1, 5, 5.5]


def test_the_last_stage_may_go_on_to_the_end_of_the_test() -> None:
    endless = read_schedule("--arrivals", "constant:1*2s,2", 0, KINDS)
    assert [arrival.at_s for arrival in islice(endless, 5)] == [0, 1, 2, 2.5, 3]


def test_chance_follows_the_seed() -> None:
    assert times("poisson:50*2s", seed=7) == times("poisson:50*2s", seed=7)
    assert times("poisson:50*2s", seed=7) != times("poisson:50*2s", seed=8)


def test_poisson_arrivals_have_the_rate_and_spread_of_their_process() -> None:
    counts = [len(times("poisson:100*1s", seed=seed)) for seed in range(200)]
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert 97 < mean < 103
    assert 70 < variance < 140


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 5)), min_size=1, max_size=4),
    st.integers(1, 7),
    st.integers(0, 3),
)
def test_every_stage_has_its_own_arrivals(
    stages: list[tuple[int, int]], size: int, seed: int
) -> None:
    planned = [Stage(float(rate), float(seconds)) for rate, seconds in stages]
    for process in (space_evenly, draw_poisson, gather(size)):
        found = [each.at_s for each in plan_arrivals(process, planned, seed)]
        assert found == sorted(found)
        assert all(0 <= at_s < sum(seconds for _, seconds in stages) + 1e-6 for at_s in found)
    evenly = list(plan_arrivals(space_evenly, planned, seed))
    assert len(evenly) == sum(rate * seconds for rate, seconds in stages)


def test_a_poisson_process_does_not_depend_on_where_its_stages_are_cut() -> None:
    assert times("poisson:10*4s", 3) == pytest.approx(times("poisson:10*1s,10*3s", 3))
    first = next(draw_poisson(Random(3)))
    assert times("poisson:10*4s", 3)[0] == first / 10


def test_a_log_is_played_in_the_order_of_its_times(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("at_s,kind\n2.5,wait\n0.5,\n1,stream\n")
    found = list(read_schedule("--arrivals", f"replay:{log}", 0, KINDS))
    assert found == [Arrival(0.5), Arrival(1, "stream"), Arrival(2.5, "wait")]


@pytest.mark.parametrize(
    "content, sentence",
    [
        ("", "has no column 'at_s': name it in the first line"),
        ("at_s\n", "has no arrivals: give it a line for each"),
        ("at_s\nsoon\n", "line 2 of * has the time 'soon': use seconds since the beginning"),
        ("at_s\n-1\n", "line 2 of * has the time '-1': use seconds since the beginning"),
        ("at_s,kind\n1,chat\n", "line 2 of * has the kind 'chat': use background, stream, wait"),
    ],
)
def test_a_log_that_cannot_be_played_is_refused(
    tmp_path: Path, content: str, sentence: str
) -> None:
    log = tmp_path / "log.csv"
    log.write_text(content)
    with pytest.raises(UsageError) as refused:
        read_schedule("--arrivals", f"replay:{log}", 0, KINDS)
    for part in sentence.split("*"):
        assert part in str(refused.value)


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the arrivals of '.*' cannot be read"):
        read_schedule("--arrivals", f"replay:{tmp_path / 'none.csv'}", 0, KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20",
        "poisson",
        "poisson:",
        "poison:20",
        "constant:fast",
        "burst0:20",
        "replay:",
        "constant:20*5",
        "constant:-1",
        "constant:1e9",
        "constant:20,30*5s",
        "constant:999999",
    ],
)
def test_what_is_no_schedule_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="--arrivals"):
        list(read_schedule("--arrivals", text, 0, KINDS))
