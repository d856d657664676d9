"""Many requests of one client, a bounded number of them under way.

Not all at once: above 64 connections the HTTP client closes idle ones while it hands them out,
now and then one whose request is on its way, and the target would be blamed for the lost answer.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 32


async def together(calls: Iterable[Awaitable[T]], at_once: int = AT_ONCE) -> list[T]:
    """The results of all calls in their order; the first error is raised."""
    gate = asyncio.Semaphore(at_once)

    async def one(call: Awaitable[T]) -> T:
        try:
            async with gate:
                return await call
        finally:
            if isinstance(call, Coroutine):
                call.close()  # one whose turn never came would be told of as forgotten

    return await asyncio.gather(*(one(call) for call in calls))
