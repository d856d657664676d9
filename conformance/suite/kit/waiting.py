"""Waiting for what a target shows only by being asked again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

FIRST_S = 0.02
LAST_S = 0.2
#: How many runs are watched at once until they end.
WATCHED = 16


async def poll_until(
    holds: Callable[[], Awaitable[bool]], wait_s: float, every_s: float = LAST_S
) -> bool:
    """Ask every `every_s` seconds until `holds()`; return False when `wait_s` passed without."""
    deadline = time.monotonic() + wait_s
    while not await holds():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(every_s)
    return True


async def expect_eventually(
    what: str, read: Callable[[], Awaitable[object]], want: object, *, within_s: float = 15.0
) -> None:
    """Ask until `read` returns `want`; after `within_s` seconds fail, naming the last value."""
    __tracebackhide__ = True
    deadline, pause_s = time.monotonic() + within_s, FIRST_S
    while (got := await read()) != want:
        if time.monotonic() + pause_s > deadline:
            raise AssertionError(
                f"{what} is still {got!r} after {within_s:g} s, but should become {want!r}"
            )
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LAST_S)


@asynccontextmanager
async def within(limit_s: float, what: str) -> AsyncIterator[None]:
    """Limit the block to `limit_s` seconds; after them fail, naming `what` did not come."""
    __tracebackhide__ = True
    limit = asyncio.timeout(limit_s)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise AssertionError(f"{what} did not come within {limit_s:g} s") from error


@asynccontextmanager
async def meanwhile(request: Coroutine[Any, Any, Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Let a request be made while the block runs, which waits for what it does.

    Where it fails, or is not sent at all, the block ends at once and in the same way: what it waits
    for will not come. After the block it is waited for; the block may cancel it.
    """
    try:
        async with asyncio.TaskGroup() as group:
            yield group.create_task(request)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def wait_for_ends(
    runs: Runs, handles: Sequence[RunHandle], timeout_s: float
) -> list[str | None]:
    """Return the terminal status of each run; fail if one takes longer than `timeout_s`."""
    return await gather_within_limit(
        (runs.until_terminal(handle, timeout_s) for handle in handles), WATCHED
    )
