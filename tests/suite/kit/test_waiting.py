"""Waiting for a value that only asking again shows, and for what has to come in time."""

import asyncio

import pytest

from onceproof.conformance.suite.kit.waiting import expect_eventually, within


@pytest.mark.anyio
async def test_it_returns_when_the_value_has_come() -> None:
    values = iter([1, 2, 3, 4])

    async def read() -> int:
        return next(values)

    await expect_eventually("the value", read, 3)
    assert next(values) == 4


@pytest.mark.anyio
async def test_it_fails_with_the_last_value_when_the_time_is_over() -> None:
    async def read() -> str:
        return "busy"

    with pytest.raises(AssertionError, match=r"the thread is still 'busy' after 0\.1 s, .*'idle'"):
        await expect_eventually("the thread", read, "idle", within_s=0.1)


@pytest.mark.anyio
async def test_what_does_not_come_in_time_is_named() -> None:
    with pytest.raises(AssertionError, match=r"the answer did not come within 0\.05 s"):
        async with within(0.05, "the answer"):
            await asyncio.Event().wait()


@pytest.mark.anyio
async def test_a_timeout_of_the_block_itself_stays_what_it_is() -> None:
    with pytest.raises(TimeoutError, match="inner"):
        async with within(5, "the answer"):
            raise TimeoutError("inner")
