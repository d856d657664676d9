"""Many calls of one client, a bounded number of them under way.

More at once would measure the queue of the client, or the backlog of the server, and not the
server at work.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 32


async def gather_within_limit(calls: Iterable[Awaitable[T]], at_once: int = AT_ONCE) -> list[T]:
    """Run all calls, at most `at_once` together; return their results in order.

    Raises the first error.
    """
    gate = asyncio.Semaphore(at_once)

    async def run(call: Awaitable[T]) -> T:
        try:
            async with gate:
                return await call
        finally:
            if isinstance(call, Coroutine):
                call.close()  # otherwise Python warns that the coroutine was never awaited

    return await asyncio.gather(*(run(call) for call in calls))
