"""What can be broken, and what would make the rest possible."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from onceproof.conformance.field.hands import FAULTS
from onceproof.conformance.runner.field_hands import SessionHands
from onceproof.conformance.targets.base import Replica


@dataclass
class Levers:
    names: tuple[str, ...]

    def has(self, lever: str) -> bool:
        return lever in self.names


PROCESSES = (
    Replica("api-1", "api", "http://h:1"),
    Replica("worker-1", "worker", None),
    Replica("worker-2", "worker", None),
)


def hands_of(
    *levers: str,
    replicas: tuple[Replica, ...] = PROCESSES,
    stack: object = None,
    exclusive: bool = True,
    **options: object,
) -> SessionHands:
    known = {"lease_ms": 2_000, "sweep_ms": 500, "urls": (), "target_profile": None, **options}
    session: Any = SimpleNamespace(
        options=SimpleNamespace(is_exclusive=exclusive, **known),
        stack=SimpleNamespace(levers=lambda: stack),
        target=SimpleNamespace(levers=Levers(levers) if levers else None, replicas=list(replicas)),
    )
    return SessionHands(session)


ALL = ("kill", "start", "pause", "resume", "terminate")


def test_with_all_levers_and_a_stack_of_ours_everything_can_be_broken() -> None:
    hands = hands_of(*ALL, stack=object())
    assert (list(hands.faults), list(hands.lacks)) == (list(FAULTS), [])


def test_without_levers_it_is_said_which_to_give() -> None:
    hands = hands_of()
    assert list(hands.faults) == []
    assert "a worker killed: give --lever kill and --lever start" in hands.lacks
    assert any(said.startswith("Redis restarted: onceproof did not start") for said in hands.lacks)


def test_some_levers_break_some_things() -> None:
    hands = hands_of("kill", "start")
    assert list(hands.faults) == ["worker-killed", "api-killed"]
    assert "a worker stalled beyond its lease: give --lever pause and --lever resume" in hands.lacks


@pytest.mark.parametrize(
    ("replicas", "faults"),
    [
        ((Replica("one", "all", "http://h:1"),), ["worker-killed"]),
        ((Replica("one", "api", "http://h:1"),), ["api-killed"]),
    ],
)
def test_processes_are_broken_by_what_they_do(
    replicas: tuple[Replica, ...], faults: list[str]
) -> None:
    hands = hands_of("kill", "start", replicas=replicas)
    assert list(hands.faults) == faults


def test_where_others_live_no_lever_is_pulled() -> None:
    hands = hands_of(*ALL, stack=object(), exclusive=False)
    assert "a worker killed: give --exclusive, if nobody else uses the target" in hands.lacks


def test_the_timings_of_what_runs_already_are_known_by_its_profile() -> None:
    urls = {"urls": ("http://h:1",)}
    assert hands_of(*ALL, **urls).lease_ms is None
    assert any("--target-profile" in said for said in hands_of(*ALL, **urls).lacks)
    assert hands_of(*ALL, **urls, target_profile="mine.toml").lease_ms == 2_000
