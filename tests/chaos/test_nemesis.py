"""The player: faults at their times, no two of one thing together, all mended at the end."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from onceproof.conformance.chaos.nemesis import Nemesis
from onceproof.conformance.faults import catalogue
from onceproof.conformance.faults.catalogue import Entry, FaultKind

pytestmark = pytest.mark.anyio


class Ground:
    """Remembers what is broken."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.broken: list[str] = []
        self.together = 0
        self.log: list[str] = []

    @contextmanager
    def begin(self, ground: Any, entry: Entry) -> Iterator[None]:
        self.broken.append(entry.fault)
        self.together = max(self.together, len(self.broken))
        self.log.append(f"+{entry.fault}")
        yield
        self.broken.remove(entry.fault)
        self.log.append(f"-{entry.fault}")


@pytest.fixture
def ground(monkeypatch: pytest.MonkeyPatch) -> Ground:
    made = Ground()
    kinds = {kind: FaultKind("test", lambda *_: (), made.begin) for kind in "abc"}
    monkeypatch.setattr(
        "onceproof.conformance.chaos.nemesis.FAULT_KINDS", {**catalogue.FAULT_KINDS, **kinds}
    )
    return made


async def played(ground: Ground, entries: list[Entry], seconds: float) -> Nemesis:
    player = Nemesis(ground, lambda text: None)  # type: ignore[arg-type]
    await player.play(entries, seconds)
    return player


async def test_faults_of_different_things_are_under_way_together(ground: Ground) -> None:
    entries = [Entry(0, "a", 0.2, ("x",)), Entry(0, "b", 0.2, ("y", "z"))]
    player = await played(ground, entries, 0.3)
    assert (ground.together, ground.broken) == (2, [])
    assert player.played == entries


async def test_what_is_hit_twice_is_hit_one_after_the_other(ground: Ground) -> None:
    entries = [
        Entry(0, "a", 0.1, ("x", "y")),
        Entry(0.05, "b", 0.1, ("y", "z")),
        Entry(0.06, "c", 0.0, ("z", "x")),
    ]
    await played(ground, entries, 0.5)
    assert ground.together == 1
    assert ground.log == ["+a", "-a", "+b", "-b", "+c", "-c"]


async def test_of_some_kinds_there_is_only_one_in_the_region_at_a_time(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {kind: FaultKind("apis", lambda *_: (), ground.begin, exclusive=True) for kind in "ab"}
    monkeypatch.setattr("onceproof.conformance.chaos.nemesis.FAULT_KINDS", kinds)
    await played(ground, [Entry(0, "a", 0.1, ("x",)), Entry(0, "b", 0.1, ("y",))], 0.4)
    assert (ground.together, len(ground.log)) == (1, 4)


async def test_the_end_of_the_time_mends_what_would_last_longer(ground: Ground) -> None:
    began = time.monotonic()
    player = await played(ground, [Entry(0, "a", 60, ("x",)), Entry(0.01, "b", 1, ("x",))], 0.1)
    assert time.monotonic() - began < 30
    assert ground.log == ["+a", "-a"]
    assert [entry.fault for entry in player.played] == ["a"]


async def test_a_fault_that_cannot_be_mended_ends_the_chaos(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def begin(ground: Any, entry: Entry) -> Iterator[None]:
        yield
        raise ValueError("does not start again")

    kinds = {"a": FaultKind("test", lambda *_: (), begin)}
    monkeypatch.setattr("onceproof.conformance.chaos.nemesis.FAULT_KINDS", kinds)
    with pytest.raises(ExceptionGroup) as raised:
        await asyncio.wait_for(played(ground, [Entry(0, "a", 0, ("x",))], 0.1), 10)
    assert raised.group_contains(ValueError, match="does not start again")
