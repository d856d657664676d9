"""Waiting for a value that only asking again shows."""

import pytest

from conformance.suite.eventually import eventually


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_it_returns_when_the_value_has_come() -> None:
    values = iter([1, 2, 3, 4])

    async def read() -> int:
        return next(values)

    await eventually("the value", read, 3)
    assert next(values) == 4


@pytest.mark.anyio
async def test_it_fails_with_the_last_value_when_the_time_is_over() -> None:
    async def read() -> str:
        return "busy"

    with pytest.raises(AssertionError, match=r"the thread is still 'busy' after 0\.1 s, .*'idle'"):
        await eventually("the thread", read, "idle", within_s=0.1)
