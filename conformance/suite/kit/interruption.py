"""Ctrl-C: what is under way ends at once, and what it left is cleared away within seconds.

Tests and fixtures run one after the other in one task of an event loop. Left to itself, Python
raises KeyboardInterrupt somewhere in that loop; the test then goes on behind it, and the clean-up
waits for the test, and for a server that may take a minute for each answer. So a signal ends what
is under way where it waits, and nothing that comes after it lasts longer than `CLEAN_UP_S`.

A second signal is Python's own, as is one that comes while nothing is under way on the loop.
"""

import asyncio
import functools
import signal
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

import pytest

from onceproof.conformance.stacks.waiting import abandoned
from onceproof.conformance.suite.kit.waiting import within

#: What tests made is removed from the target in this time, as far as the target allows.
CLEAN_UP_S = 3.0
#: Threads for it.
AT_ONCE = 8

SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: A time limit for whole tests, far above what the slowest takes.
LIMIT_S = 300.0

Fixture = Callable[..., AsyncGenerator[Any]]
Test = Callable[..., Awaitable[Any]]


class Interruption:
    """Whether there was a signal, and the limits of what it ends."""

    def __init__(self) -> None:
        self.over = False
        self._at_once: set[asyncio.Timeout] = set()
        self._soon: set[asyncio.Timeout] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end_s: float | None = None

    @contextmanager
    def listen(self, session: pytest.Session) -> Iterator[None]:
        """Listen for signals during the block; `session` ends after the test under way."""
        self.over, self._end_s = False, None
        abandoned.clear()
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def hear(number: int, frame: FrameType | None) -> None:
            session.shouldstop = "interrupted"
            self._hear()

        before = {number: signal.signal(number, hear) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @asynccontextmanager
    async def ends(self) -> AsyncIterator[None]:
        """Let a signal end the block at once; whatever its test says then is not evidence."""
        try:
            async with self.bounds(), _among(self._at_once, asyncio.timeout(None)):
                yield
        finally:
            if self.over:
                pytest.exit("interrupted")

    @asynccontextmanager
    async def bounds(self) -> AsyncIterator[None]:
        """Let the block go on for at most `CLEAN_UP_S` after a signal."""
        self._loop = asyncio.get_running_loop()
        async with _among(self._soon, asyncio.timeout_at(self._end_s)):
            yield

    def _hear(self) -> None:
        if self.over or self._loop is None or not self._soon:
            raise KeyboardInterrupt
        self.over = True
        abandoned.set()
        self._loop.call_soon_threadsafe(self._end, self._loop, self._loop.time())

    def _end(self, loop: asyncio.AbstractEventLoop, now_s: float) -> None:
        self._end_s = now_s + CLEAN_UP_S
        # The end of a loop waits for its threads, and some of these wait for the target.
        loop.set_default_executor(ThreadPoolExecutor(AT_ONCE))
        for limit in self._soon:
            limit.reschedule(self._end_s)
        for limit in self._at_once:
            limit.reschedule(now_s)


@asynccontextmanager
async def _among(limits: set[asyncio.Timeout], limit: asyncio.Timeout) -> AsyncIterator[None]:
    async with limit:
        limits.add(limit)
        try:
            yield
        finally:
            limits.discard(limit)


#: One for the process, as signals are.
interruption = Interruption()


def interruptible(fixture: Fixture) -> Fixture:
    """Return the fixture, changed so that a signal ends its set-up at once and hurries its end."""

    @functools.wraps(fixture)
    async def with_limit(*args: Any, **named: Any) -> AsyncGenerator[Any]:
        async with aclosing(fixture(*args, **named)) as making:
            async with interruption.ends():
                value = await anext(making)
            yield value
            async with interruption.bounds():
                await anext(making, None)

    return with_limit


def limit_duration(test: Test) -> Test:
    """Return the test, changed to fail when it has not ended after `LIMIT_S` seconds.

    Ctrl-C ends it at once.
    """

    @functools.wraps(test)
    async def with_limit(*args: Any, **named: Any) -> None:
        async with interruption.ends(), within(LIMIT_S, "the end of the test"):
            await test(*args, **named)

    return with_limit
