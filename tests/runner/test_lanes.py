"""Lanes: what is kept together, what is said about them, and that their faults stay their own."""

import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.checks.combined import combine
from onceproof.conformance.errors import UsageError
from onceproof.conformance.history import Record, Recorder
from onceproof.conformance.history import build as b
from onceproof.conformance.judgement.histories import (
    describe_faults,
    judge_histories,
    load_histories,
)
from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import LANES
from onceproof.conformance.runner.lanes import SIDE_BY_SIDE, default_lanes, refuse_shared_target
from onceproof.conformance.verdict import Verdict

SINK = "duplicate"
EXTERNAL = {"DATABASE_URI": "postgresql://h/d", "REDIS_URI": "redis://h"}


def stored(path: Path, records: list[Record]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Recorder(path) as recorder:
        for each in records:
            recorder.add(each.kind, each.op, who=each.who, key=each.key, value=each.value, t=each.t)


def twice_executed(*between: Record) -> list[Record]:
    """A run of one step that ended well and yet was executed twice."""
    return b.history(
        b.invoke("run.create", "n", thread_id="t", steps=1),
        b.ok("run.create", "n", run_id="run-n", thread_id="t"),
        *(b.begin("n", 1), b.effect("n", 1), b.end("n", 1)),
        *between,
        *(b.begin("n", 2), b.effect("n", 2), b.end("n", 2)),
        b.quiesce(),
        b.snap("n", "success", log=[b.entry("n", 0, 2)]),
    )


def verdict(results: list[CheckResult], check: str) -> Verdict:
    return next(each.verdict for each in results if each.check == check)


def killed() -> tuple[Record, Record]:
    return b.fault("kill", "inject", replica="w"), b.fault("kill", "heal", replica="w")


def test_a_fault_in_one_lane_excuses_nothing_in_another(tmp_path: Path) -> None:
    stored(tmp_path / "history.jsonl", [])
    stored(tmp_path / LANES / "gw0" / "history.jsonl", twice_executed(*killed()))
    excused = judge_histories(load_histories(tmp_path))
    assert verdict(excused, SINK) is Verdict.PASS
    stored(tmp_path / LANES / "gw1" / "history.jsonl", twice_executed())
    found = load_histories(tmp_path)
    results = judge_histories(found)
    assert verdict(results, SINK) is Verdict.FAIL
    findings = [f for each in results for f in each.findings if each.check == SINK]
    assert {f.history for f in findings} == {f"{LANES}/gw1/history.jsonl"}
    assert [fault.fault for fault in describe_faults(found, 0)] == ["kill"]


def result(verdict: Verdict, judged: int, reason: str | None = None) -> list[CheckResult]:
    return [CheckResult("lost", verdict, (), {"judged": judged}, (), reason)]


def test_a_history_with_nothing_to_judge_takes_nothing_away() -> None:
    [one] = combine({"a": result(Verdict.INCONCLUSIVE, 0, "nothing"), "b": result(Verdict.PASS, 3)})
    assert (one.verdict, one.reason, one.counts["judged"]) == (Verdict.PASS, None, 3)


def test_a_doubt_in_one_history_stays() -> None:
    [one] = combine({"a": result(Verdict.INCONCLUSIVE, 2, "open"), "b": result(Verdict.PASS, 3)})
    assert (one.verdict, one.reason) == (Verdict.INCONCLUSIVE, "open")


def test_nothing_to_judge_anywhere_is_inconclusive() -> None:
    [one] = combine({name: result(Verdict.INCONCLUSIVE, 0, "nothing") for name in "ab"})
    assert (one.verdict, one.reason) == (Verdict.INCONCLUSIVE, "nothing")


@pytest.mark.parametrize(
    ("options", "only", "lanes"),
    [
        (Options(environ={}), (), SIDE_BY_SIDE),
        (Options(environ={}), ("RUN",), 1),
        (Options(urls=("http://h",), environ={}), (), 1),
        (Options(command="server {port}", environ={}), (), 1),
        (Options(environ=EXTERNAL), (), 1),
    ],
)
def test_only_targets_that_cannot_meet_run_side_by_side(
    options: Options, only: tuple[str, ...], lanes: int
) -> None:
    assert default_lanes(options, only) == lanes


def test_lanes_on_one_external_stack_are_refused() -> None:
    from onceproof.conformance.runner.certification import Plan

    with pytest.raises(UsageError, match="--lanes 2"):
        Plan(Options(environ=EXTERNAL), lanes=2)


@pytest.mark.parametrize("way", [["-n", "4"], ["-n4"], ["--numprocesses", "2"]])
def test_several_sessions_on_one_server_are_refused(way: list[str]) -> None:
    suite = ["--pyargs", "onceproof.conformance.suite", "--onceproof-url", "http://127.0.0.1:1"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *suite, *way],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--onceproof-url names a single server" in ended.stderr
    assert "`onceproof certify --lanes` gives each lane a deployment of its own" in ended.stderr


def test_sessions_that_share_something_are_refused() -> None:
    one = Options(urls=("http://127.0.0.1:1",))
    shared = Options(database_uri="postgresql://h/d", redis_uri="redis://h")
    with pytest.raises(UsageError, match=r"-n 2 .* --url names a single server"):
        refuse_shared_target(one, 2, "-n")
    with pytest.raises(UsageError, match=r"-n 2 .* DATABASE_URI and REDIS_URI name a single"):
        refuse_shared_target(shared, 2, "-n")
    refuse_shared_target(one, 1, "-n")
    refuse_shared_target(Options(environ={}), 2, "-n")
