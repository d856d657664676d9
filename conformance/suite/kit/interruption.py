"""Ctrl-C: what is under way ends at once, and what it left is cleared away within seconds.

Tests and fixtures run one after the other in one task of an event loop. An exception raised
somewhere in that loop leaves the test going on behind it, and the clean-up waits for the test, and
for a server that may take a minute for each answer. So a request to stop ends what is under way
where it waits, nothing that comes after it lasts longer than `CLEAN_UP_S`, and no other test
begins.
"""

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import pytest

from onceproof.conformance.stopping import heed_signals, stop_request
from onceproof.conformance.suite.kit.verdicts import not_judged
from onceproof.conformance.suite.kit.waiting import within
from onceproof.conformance.wire.probes import LACKED

#: What tests made is removed from the target in this time, as far as the target allows.
CLEAN_UP_S = 3.0
#: The same after a second request.
HURRIED_S = 0.5
#: Threads for it.
AT_ONCE = 8

INTERRUPTED = "interrupted"

#: A time limit for whole tests, far above what the slowest takes.
LIMIT_S = 300.0

Fixture = Callable[..., AsyncGenerator[Any]]
Test = Callable[..., Awaitable[Any]]


class Interruption:
    """The limits of what a request to stop ends."""

    def __init__(self) -> None:
        self._at_once: set[asyncio.Timeout] = set()
        self._soon: set[asyncio.Timeout] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end_s: float | None = None

    @contextmanager
    def listen(self, session: pytest.Session) -> Iterator[None]:
        """Listen for requests during the block; `session` ends after the test under way."""
        self._end_s = None

        def hear() -> None:
            session.shouldstop = INTERRUPTED
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._end, self._loop)

        with heed_signals(), stop_request.listen(hear):
            if stop_request.is_made:
                hear()
            yield

    @asynccontextmanager
    async def ends(self) -> AsyncIterator[None]:
        """Let a request end the block at once; whatever its test says then is not evidence."""
        try:
            async with self.bounds(), _among(self._at_once, asyncio.timeout(None)):
                yield
        finally:
            leave_on_request()

    @asynccontextmanager
    async def bounds(self) -> AsyncIterator[None]:
        """Let the block go on for at most `CLEAN_UP_S` after a request."""
        self._loop = asyncio.get_running_loop()
        if stop_request.is_made and self._end_s is None:
            self._end(self._loop)
        async with _among(self._soon, asyncio.timeout_at(self._end_s)):
            yield

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        now_s = loop.time()
        self._end_s = now_s + (CLEAN_UP_S if stop_request.times < 2 else HURRIED_S)
        # The end of a loop waits for its threads, and some of these wait for the target.
        loop.set_default_executor(ThreadPoolExecutor(AT_ONCE))
        for limit in self._soon:
            limit.reschedule(self._end_s)
        for limit in self._at_once:
            limit.reschedule(now_s)


def leave_on_request() -> None:
    """End the session if it was asked to stop, whatever the test under way would have said."""
    if stop_request.is_made:
        pytest.exit(INTERRUPTED)


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
    """Return the fixture, changed: a request to stop ends its set-up at once, hurries its end."""

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

    Ctrl-C ends it at once. What one of several tasks lacks, the whole test lacks.
    """

    @functools.wraps(test)
    async def with_limit(*args: Any, **named: Any) -> None:
        try:
            async with interruption.ends(), within(LIMIT_S, "the end of the test"):
                await test(*args, **named)
        except BaseExceptionGroup:
            if LACKED:
                not_judged(LACKED[0])
            raise

    return with_limit
