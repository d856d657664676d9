"""Scenes that several tests look at, each for a requirement of its own.

A crash with its recovery costs seconds, and shows more than one thing. Played in a fixture, what
goes wrong in it would count as the harness's fault; so the first test that asks plays it, and to
each that asks later the same happens: the same result, or the same failure.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Scene(Generic[T]):
    """`await scene()` plays `play` at the first call, and gives what came of it at every call."""

    def __init__(self, play: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._play = play
        self._played: asyncio.Task[T] | None = None

    async def __call__(self) -> T:
        if self._played is None:
            self._played = asyncio.create_task(self._play())
        return await self._played
