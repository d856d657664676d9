"""Many calls, a bounded number under way."""

import asyncio
import inspect

import pytest

from onceproof.conformance.wire.concurrency import gather_within_limit

pytestmark = pytest.mark.anyio


async def test_results_come_in_the_order_of_the_calls_and_few_are_under_way() -> None:
    under_way, most = 0, 0

    async def call(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return number

    assert await gather_within_limit((call(n) for n in range(20)), 3) == list(range(20))
    assert most == 3


async def test_an_error_is_raised() -> None:
    async def call(number: int) -> int:
        return 1 // number

    with pytest.raises(ZeroDivisionError):
        await gather_within_limit(call(n) for n in (1, 0, 2))


async def test_calls_whose_turn_never_came_are_not_told_of_as_forgotten() -> None:
    begun = asyncio.Event()

    async def call() -> None:
        begun.set()
        await asyncio.Event().wait()

    calls = [call() for _ in range(3)]
    waiting = asyncio.create_task(gather_within_limit(calls, 1))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [inspect.getcoroutinestate(each) for each in calls] == [inspect.CORO_CLOSED] * 3
