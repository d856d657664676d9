"""A comparison finds what got worse, and nothing that only looks like it."""

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE, USAGE
from onceproof.reports.comparison.bootstrap import Figures, estimate_ratio
from onceproof.reports.comparison.conclusion import Comparison, compare_sides, describe_comparison
from onceproof.reports.comparison.sides import Side
from onceproof.reports.document import dump
from onceproof.reports.results import Results
from tests.reports import examples

ALLOWED = 0.1
NOISE = 0.08
WINDOWS = 60


def measured(
    seed: int,
    speed: float = 1.0,
    *,
    windows: int = WINDOWS,
    machine: float = 0.0,
    cpu: bool = False,
) -> Results:
    """A run whose load is as noisy as one of a real server, each second a bit like the last.

    The speed of its `machine` differs from run to run by that much, and with it the CPU time of
    server and load alike.
    """
    source = random.Random(seed)
    series, drift = [], 0.0
    luck = max(-0.5, source.gauss(0, machine))
    for t_s in range(windows):
        drift = 0.3 * drift + source.gauss(0, NOISE)
        factor = max(0.2, speed * (1 + drift) * (1 + luck))
        point = {"t_s": t_s, "finished_per_s": 140 * factor}
        used = {"cpu_pct": 20 * factor, "server_cpu_pct": 90 * factor / speed} if cpu else {}
        series.append({**point, "p50_ms": 21 / factor, "p99_ms": 90 / factor, **used})
    return with_code(run(load=examples.load(series=series)), "sha256:1")


def with_code(results: Results, code: str) -> Results:
    """The same run, by a harness of that digest."""
    harness = msgspec.structs.replace(results.harness, code=code)
    return msgspec.structs.replace(results, harness=harness)


def run(*verdicts: str, load: Any = None, **more: Any) -> Results:
    parts = [examples.requirement("RUN-01"), examples.requirement("RUN-02")]
    parts += [examples.requirement(f"QUE-{n:02d}", each, **more) for n, each in enumerate(verdicts)]
    return examples.settle(examples.frame(parts, load=load))


def compare(old: Results, new: Results) -> Comparison:
    return compare_sides(Side([old]), Side([new]), ALLOWED)


def test_twenty_repeats_of_one_build_show_no_regression() -> None:
    """Even if next to nothing is allowed, where plain figures would be wrong often."""
    naive = 0
    for seed in range(20):
        old, new = Side([measured(seed)]), Side([measured(1000 + seed)])
        comparison = compare_sides(old, new, 0.01)
        assert comparison.exit_status == CERTIFIED, list(describe_comparison(comparison))
        naive += comparison.figures[0].ratio.estimate < 0.99
    assert naive >= 3


@pytest.mark.parametrize("repeats", [1, 3, 5])
def test_a_machine_that_others_use_is_no_regression(repeats: int) -> None:
    """Runs of one build differ by a quarter there, so that plain figures fail half of the pairs."""
    for seed in range(0, 200, 20):
        old, new = (
            Side([measured(first + number, machine=0.2, cpu=True) for number in range(repeats)])
            for first in (seed, 5_000 + seed)
        )
        comparison = compare_sides(old, new, ALLOWED)
        assert comparison.exit_status == CERTIFIED, list(describe_comparison(comparison))


def test_a_build_that_works_a_fifth_slower_is_found_by_single_runs_on_any_machine() -> None:
    for seed in range(20):
        old = measured(seed, machine=0.2, cpu=True)
        comparison = compare(old, measured(1000 + seed, 0.8, machine=0.2, cpu=True))
        found = {each.name for each in comparison.figures if each.is_regression}
        assert "server CPU ms/run" in found, list(describe_comparison(comparison))


def test_the_load_is_no_measure_where_it_has_changed() -> None:
    """Another version of the harness may take more of the CPU itself, which is no gain."""
    old, new = (measured(seed, cpu=True) for seed in (1, 2))
    same = compare(old, new).figures[-1]
    other = compare(old, with_code(new, "sha256:2")).figures[-1]
    assert (same.name, other.name) == ("server CPU ms/run", "p99 ms")


def test_a_machine_that_was_taken_by_others_widens_what_its_clock_can_say() -> None:
    """The load itself took half as much CPU time again for the same runs."""
    free, taken = measured(1, cpu=True), measured(2, 0.2, cpu=True)
    assert not any(each.is_regression for each in compare(free, slow_down(taken)).figures[:3])
    assert compare(free, taken).figures[0].is_regression


def slow_down(results: Results) -> Results:
    """The same load on a machine whose CPU does less at a time."""
    assert results.load is not None
    series = [
        msgspec.structs.replace(each, cpu_pct=1.6 * (each.cpu_pct or 0.0))
        for each in results.load.series
    ]
    return msgspec.structs.replace(
        results, load=msgspec.structs.replace(results.load, series=series)
    )


def test_a_build_that_is_a_fifth_slower_is_found_by_repeats() -> None:
    for seed in range(0, 100, 10):
        old = Side([measured(seed + number, machine=0.02) for number in range(5)])
        new = Side([measured(1000 + seed + number, 0.8, machine=0.02) for number in range(5)])
        comparison = compare_sides(old, new, ALLOWED)
        assert comparison.exit_status == FAILED
        assert {each.name for each in comparison.figures if each.is_regression} >= {
            "finished runs/s"
        }


def test_a_build_that_is_faster_is_no_regression() -> None:
    assert compare(measured(1), measured(2, 1.5)).exit_status == CERTIFIED


def test_one_requirement_that_fails_now_is_told_with_both_evidences() -> None:
    comparison = compare(run("PASS", "PASS"), run("PASS", "FAIL", reason="answered 500"))
    lines = list(describe_comparison(comparison))
    assert comparison.exit_status == FAILED
    assert "worse  QUE-01 the subject of QUE-01: PASS -> FAIL" in lines
    assert "         old: passed in 1 test: test_subject" in lines
    assert "         new: answered 500" in lines
    assert lines[-1] == "1 verdict worse (exit status 10)"


@pytest.mark.parametrize(
    ("old", "new", "kind", "status"),
    [
        ("PASS", "FAIL", "worse", FAILED),
        ("PASS", "WARN", "worse", FAILED),
        ("PASS", "ERROR", "worse", FAILED),
        ("WARN", "FAIL", "worse", FAILED),
        ("INCONCLUSIVE", "FAIL", "worse", FAILED),
        ("DISABLED", "FAIL", "worse", FAILED),
        ("PASS", "INCONCLUSIVE", "lost", INCONCLUSIVE),
        ("PASS", "NOT_JUDGED", "lost", INCONCLUSIVE),
        ("PASS", "DISABLED", "lost", INCONCLUSIVE),
        ("PASS", "NOT_APPLICABLE", "lost", INCONCLUSIVE),
        ("FAIL", "PASS", "better", CERTIFIED),
        ("WARN", "PASS", "better", CERTIFIED),
        ("FAIL", "WARN", "other", CERTIFIED),
        ("FAIL", "INCONCLUSIVE", "other", CERTIFIED),
        ("UNTESTED", "PASS", "other", CERTIFIED),
    ],
)
def test_each_change_of_a_verdict(old: str, new: str, kind: str, status: int) -> None:
    comparison = compare(run(old), run(new))
    assert [change.kind for change in comparison.changes] == [kind]
    assert comparison.exit_status == status


def test_a_requirement_that_came_or_went_is_named() -> None:
    came, went = compare(run(), run("FAIL")), compare(run("PASS"), run())
    assert [(each.kind, each.old, each.new) for each in came.changes] == [
        ("other", "ABSENT", "FAIL")
    ]
    assert [(each.kind, each.old, each.new) for each in went.changes] == [
        ("lost", "PASS", "ABSENT")
    ]


def test_a_race_that_any_repeat_has_lost_before_is_no_regression() -> None:
    """Of several repeats the worst verdict counts, on either side."""
    old, new = Side([run("PASS"), run("WARN"), run("PASS")]), Side([run("WARN"), run("PASS")])
    assert compare_sides(old, new, ALLOWED).changes == []


def test_repeats_widen_the_bounds_by_what_differs_between_runs() -> None:
    speeds = (0.7, 1.3, 0.9, 1.1)
    alike = compare_sides(
        Side([measured(n) for n in range(4)]), Side([measured(9 + n, 0.8) for n in range(4)]), 0.1
    )
    first = alike.figures[0].ratio
    old = Side([measured(n, speed) for n, speed in enumerate(speeds)])
    new = Side([measured(9 + n, 0.8 * speed) for n, speed in enumerate(speeds)])
    figure = compare_sides(old, new, ALLOWED).figures[0]
    assert figure.ratio.high - figure.ratio.low > 3 * (first.high - first.low)
    assert (figure.is_regression, figure.is_hidden) == (False, True)


def test_noise_that_hides_a_regression_says_so() -> None:
    comparison = compare(measured(1, windows=9), measured(2, windows=9))
    assert any("too noisy to exclude" in line for line in describe_comparison(comparison))


@pytest.mark.parametrize("repeats", [1, 3])
def test_the_bounds_are_the_same_each_time_and_hold_the_truth(repeats: int) -> None:
    old = Figures([[100.0 + n % 7 for n in range(60)]] * repeats, max)
    new = Figures([[0.9 * value for value in windows] for windows in old.repeats], max)
    first = estimate_ratio(old, new, 0.1)
    assert first == estimate_ratio(old, new, 0.1)
    assert first.estimate == pytest.approx(0.9)
    assert first.low <= 0.9 + 1e-9
    assert first.high >= 0.9 - 1e-9


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (measured(1), run(), "only the old side has a load"),
        (run(), measured(1), "only the new side has a load"),
        (
            measured(1),
            run(load=examples.load(users=9)),
            "the loads differ (old: 40 users for 60 s; new: 9 users for 60 s)",
        ),
        (measured(1), measured(2, windows=3), "finished runs/s cannot be compared: fewer than 6"),
    ],
)
def test_what_cannot_be_compared_is_no_success(old: Results, new: Results, sentence: str) -> None:
    comparison = compare(old, new)
    assert comparison.exit_status == INCONCLUSIVE
    assert any(sentence in line for line in describe_comparison(comparison))


# -- the command -----------------------------------------------------------------------------


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int | str | None, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["compare", *words])
    output = capsys.readouterr()
    return ended.value.code, output.out, output.err


def stored(folder: Path, *results: Results) -> str:
    for number, each in enumerate(results):
        (folder / str(number)).mkdir(parents=True)
        (folder / str(number) / "results.json").write_bytes(dump(each))
    return str(folder)


def test_the_command_takes_a_folder_a_document_or_repeats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = stored(tmp_path / "old", run("PASS"), run("PASS"))
    new = stored(tmp_path / "new", run("PASS"), run("FAIL"))
    status, said, _ = call(capsys, old, new)
    assert (status, "old: reference 0.1.0, 2026-03-14, 2 repeats" in said) == (FAILED, True)
    one = f"{new}/1/results.json"
    assert call(capsys, f"{old}/0", one)[0] == FAILED
    assert call(capsys, one, one)[:2] == (
        CERTIFIED,
        "old: reference 0.1.0, 2026-03-14\nnew: reference 0.1.0, 2026-03-14\n"
        "no regression (exit status 0)\n",
    )


def test_more_can_be_allowed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = (
        stored(tmp_path / name, *(measured(seed + n, speed) for n in range(4)))
        for name, seed, speed in (("old", 0, 1.0), ("new", 10, 0.8))
    )
    assert call(capsys, old, new)[0] == FAILED
    assert call(capsys, old, new, "--max-regression", "40%")[0] == CERTIFIED


@pytest.mark.parametrize("share", ["10", "0.1", "100%", "-5%", "much"])
def test_a_share_is_a_percentage(share: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, said = call(capsys, "a", "b", f"--max-regression={share}")
    assert (status, f"'{share}' is no percentage below 100: write 10%" in said) == (USAGE, True)


def test_a_side_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, said = call(capsys, str(tmp_path), str(tmp_path))
    assert (status, "holds no results.json: name the folder of a run" in said) == (USAGE, True)


def test_what_a_target_wrote_is_harmless_on_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = stored(tmp_path / "old", examples.green())
    _, said, _ = call(capsys, old, stored(tmp_path / "new", examples.hostile()))
    assert "\x1b" not in said
    assert "\\x1b[2J" in said
