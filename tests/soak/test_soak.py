"""Soaks: an order that a seed repeats, and a record that tells alarms from silence."""

import json
import os
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.soak import order
from tests.soak.record import Soaked, append, describe, read_run, summarise
from tests.soak.starving import COMPETING, STARVED, starve

NAMES = [
    f"{chapter}/test_{n}.py::test_{m}" for chapter in "abc" for n in range(3) for m in range(4)
]


def shuffle(monkeypatch: pytest.MonkeyPatch, seed: int) -> list[str]:
    monkeypatch.setattr(order, "group_of", lambda item: item.nodeid.partition("::")[0])
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in NAMES]
    return [item.nodeid for item in order.shuffle(items, seed)]


def results(**verdicts: str) -> dict[str, Any]:
    said = [
        {"id": name.replace("_", "-"), "verdict": verdict, "reason": f"{name} is {verdict}"}
        for name, verdict in verdicts.items()
    ]
    run = {"started": "2026-01-01T00:00:00+00:00", "only": ["STA"], "seconds": 12.3}
    return {"run": run, "requirements": said}


def soaked(**verdicts: str) -> Soaked:
    return read_run(results(**verdicts), seed=7, starved=True)


def test_a_seed_repeats_its_order_and_another_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shuffle(monkeypatch, 1) == shuffle(monkeypatch, 1)
    assert shuffle(monkeypatch, 1) != shuffle(monkeypatch, 2)
    assert sorted(shuffle(monkeypatch, 1)) == sorted(NAMES)


def test_the_tests_of_a_file_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [name.partition("::")[0] for name in shuffle(monkeypatch, 3)]
    changes = sum(one != other for one, other in pairwise(files))
    assert changes == len(set(files)) - 1


def test_each_verdict_that_is_no_pass_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    run = soaked(STA_01="PASS", STA_02="INCONCLUSIVE", STA_03="DISABLED", STA_05="WARN")
    assert describe(run) == [
        "seed 7: starved, STA, 12 s: 1 PASS, 1 WARN, 1 INCONCLUSIVE",
        "    STA-02 INCONCLUSIVE: STA_02 is INCONCLUSIVE",
        "    STA-05 WARN: STA_05 is WARN",
    ]


@pytest.mark.parametrize("verdict", ["FAIL", "WARN", "ERROR"])
def test_whatever_is_blamed_is_an_alarm(verdict: str) -> None:
    run = soaked(STA_01="PASS", STA_02=verdict)
    assert not run.is_quiet
    assert summarise([run, soaked(STA_01="PASS")]).endswith("; alarms with the seeds 7")


def test_what_was_not_decided_is_no_alarm_and_a_run_without_a_verdict_is_one() -> None:
    assert soaked(STA_01="PASS", STA_02="INCONCLUSIVE").is_quiet
    assert not soaked(STA_01="NOT_JUDGED").is_quiet


def test_the_record_has_one_run_a_line(tmp_path: Path) -> None:
    path = tmp_path / "soaks.jsonl"
    append(path, soaked(STA_01="PASS"))
    append(path, soaked(STA_01="FAIL"))
    first, second = map(json.loads, path.read_text().splitlines())
    assert (first["seed"], first["starved"], first["said"]) == (7, True, [])
    assert second["said"][0]["requirement"] == "STA-01"


def test_what_is_starved_has_the_lowest_priority_and_the_loops_are_gone_after_it() -> None:
    before = children()
    with starve() as command:
        loops = children() - before
        assert len(loops) == len(os.sched_getaffinity(0))
        assert command == ["nice", "-n", str(STARVED)]
        assert COMPETING < STARVED
    assert not children() & loops


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
