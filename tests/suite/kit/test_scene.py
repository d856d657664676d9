"""A scene is played once, and happens alike to everyone who asks."""

import pytest

from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import inconclusive

pytestmark = pytest.mark.anyio


async def test_it_is_played_once() -> None:
    played = []

    async def play() -> int:
        played.append(1)
        return len(played)

    scene = Scene("QUE-01", play)
    assert [await scene(), await scene()] == [1, 1]


async def test_nobody_asked_so_nothing_was_played() -> None:
    async def play() -> None:
        raise AssertionError("played")

    Scene("QUE-01", play)


async def test_a_failure_is_everyones() -> None:
    async def play() -> None:
        raise AssertionError("the target lost a run")

    scene = Scene("QUE-01", play)
    for _ in range(2):
        with pytest.raises(AssertionError, match="lost a run"):
            await scene()


async def test_what_could_not_be_produced_is_inconclusive_for_everyone() -> None:
    async def play() -> None:
        inconclusive("one worker only")

    scene = Scene("QUE-01", play)
    for _ in range(2):
        with pytest.raises(pytest.skip.Exception, match="INCONCLUSIVE: one worker only"):
            await scene()
