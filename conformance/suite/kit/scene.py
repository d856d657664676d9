"""Scenes that several tests look at, each for a requirement of its own.

A crash with its recovery costs seconds, and shows more than one thing. Played in a fixture, what
goes wrong in it would count as the harness's fault; so the first test that asks plays it, and to
each that asks later the same happens: the same result, or the same failure. A play that fails
breaks the demand of one requirement, for which it says so; others of it are not judged (`blame`).

    scene = scene_of("QUE-21", play)        a fixture of the module; its scene is
                                            `play(runs, session)`, and QUE-21's if it fails
    scene = scene_of_small("SHD-03", play)  the same on the small deployment:
                                            `play(small, runs, session)`
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Generic, TypeAlias, TypeVar

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.small_deployment import Small, open_runs
from onceproof.conformance.suite.kit.verdicts import blame
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import ASKED
from onceproof.conformance.wire.runs import Runs

T = TypeVar("T")

Play: TypeAlias = Callable[[Runs, Session], Coroutine[Any, Any, T]]
PlayOnSmall: TypeAlias = Callable[[Small, Runs, Session], Coroutine[Any, Any, T]]


class Scene(Generic[T]):
    """`await scene()` plays `play` at the first call, and returns its result at every call.

    What fails in it is the matter of the requirement `demand`, unless the play says otherwise.
    """

    def __init__(self, demand: str, play: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._demand = demand
        self._play = play
        self._played: asyncio.Task[T] | None = None
        self._asked: frozenset[str] = frozenset()

    async def __call__(self) -> T:
        if self._played is None:
            before = set(ASKED)
            self._played = asyncio.create_task(self._play())
            await asyncio.wait([self._played])
            self._asked = frozenset(ASKED - before)
        ASKED.update(self._asked)
        with blame(self._demand):
            return await self._played


def scene_of(demand: str, play: Play[T]) -> Any:
    """Return a fixture: a scene on the target, whose runs are cleaned up after the module."""

    @pytest.fixture(scope="module")
    async def scene(api: Api, session: Session) -> AsyncIterator[Scene[T]]:
        async with Runs(api, session.history, session.sink.url) as runs:
            yield Scene(demand, lambda: play(runs, session))

    return scene


def scene_of_small(demand: str, play: PlayOnSmall[T]) -> Any:
    """Return a fixture: a scene on the small deployment, once that works."""

    @pytest.fixture(scope="module")
    async def scene(small: Small, session: Session) -> AsyncIterator[Scene[T]]:
        async with open_runs(small, session) as runs:
            yield Scene(demand, lambda: play(small, runs, session))

    return scene
