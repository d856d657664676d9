"""A level that is missed says by how much; a table of levels that means nothing is refused."""

from pathlib import Path

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.runner.load_levels import find_misses, measure_growth
from onceproof.load.levels import Level, parse_levels
from onceproof.load.profiles import find_load_profile, list_load_profiles
from onceproof.reports.load import Load, Operation, Point


def load_of(lost: int = 0, p99_ms: float = 140, finished: float = 10) -> Load:
    return Load(
        seconds=4,
        users=8,
        accepted=40,
        finished_once=40 - lost,
        lost_total=lost,
        sentence="",
        series=[Point(t_s=t, finished_per_s=finished, accepted_per_s=10) for t in range(9)],
        operations=[Operation(name="create run", count=40, failures=1, per_s=10, p99_ms=p99_ms)],
    )


def test_a_level_that_is_kept_says_nothing() -> None:
    levels = [Level("create run", "p99_ms", 140), Level("runs", "lost", 0)]
    assert find_misses([*levels, Level("backlog", "growth_pct", 5)], load_of()) == []


def test_a_level_that_is_missed_says_which_and_by_how_much() -> None:
    levels = [
        Level("create run", "p99_ms", 100),
        Level("create run", "failures", 0),
        Level("runs", "lost", 0),
        Level("backlog", "growth_pct", 10),
    ]
    assert find_misses(levels, load_of(lost=2, finished=5)) == [
        "create run: p99 in ms was 140, and may be 100 at most, 40 % too much",
        "create run: failures was 1, and may be 0 at most",
        "runs: lost was 2, and may be 0 at most",
        "backlog: growth in pct was 50, and may be 10 at most, 400 % too much",
    ]


def test_what_was_not_measured_is_no_level_kept() -> None:
    levels = [Level("first event", "p99_ms", 250), Level("create run", "p999_ms", 250)]
    assert [miss.split(":")[0] for miss in find_misses(levels, load_of())] == [
        "first event",
        "create run",
    ]


def test_a_backlog_that_is_worked_off_does_not_grow() -> None:
    early = [Point(t_s=0, finished_per_s=0, accepted_per_s=10)] * 4
    late = [Point(t_s=1, finished_per_s=20, accepted_per_s=10)] * 5
    assert measure_growth([*early, *late]) == 0


def test_all_profiles_that_come_along_can_be_used() -> None:
    profiles = [find_load_profile(name) for name in list_load_profiles()]
    assert {"smoke", "ci", "steady", "soak", "stampede"} <= {each.name for each in profiles}
    for profile in profiles:
        assert profile.levels
        assert profile.description


@pytest.mark.parametrize(
    "table, sentence",
    [
        ({"runs": 0}, "give 'runs' its bounds, as in { p99_ms = 100 }"),
        ({"runs": {"p99_ms": 1}}, "'runs' has no figure 'p99_ms': use lost, duplicated, unfin"),
        ({"create run": {"p98_ms": 1}}, "'create run' has no figure 'p98_ms': use p50_ms"),
        ({"create run": {"p99_ms": -1}}, "the bound -1 of 'create run' is no number from 0 on"),
        ({"create run": {"p99_ms": "fast"}}, "the bound 'fast' of 'create run' is no number"),
    ],
)
def test_levels_that_mean_nothing_are_refused(table: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_levels("--profile 'own'", table)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("users = 0", "users is 0, and has to be a whole number from 1 on"),
        ("seconds = 1", "users is None"),
        ("user = 1", "has the key 'user': use arrivals"),
        ("users = 1\nseconds = 1\nlevels = 1", "levels is a table of subjects"),
        ("users = 1\nseconds = 1\narrivals = 'soon'", "arrivals 'soon' is no schedule"),
        ("users =", "cannot be read"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        find_load_profile(str(path))
    assert sentence in str(refused.value)


def test_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="neither one of capacity, ci, smoke"):
        find_load_profile("sometimes")
