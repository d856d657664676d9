"""Waiting for what a target shows only by being asked again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

FIRST_S = 0.02
LAST_S = 0.2


async def eventually(
    what: str, read: Callable[[], Awaitable[object]], want: object, *, within_s: float = 15.0
) -> None:
    """`read` comes to give `want` in time; an assertion that names the last value otherwise."""
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
    """The block is through in time; an assertion that names what did not come otherwise."""
    __tracebackhide__ = True
    limit = asyncio.timeout(limit_s)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise AssertionError(f"{what} did not come within {limit_s:g} s") from error
