"""A request that is made while a test waits for what it does."""

import asyncio

import pytest

from onceproof.conformance.suite.kit.verdicts import not_judged
from onceproof.conformance.suite.kit.waiting import meanwhile

pytestmark = pytest.mark.anyio


async def lack_a_probe() -> None:
    not_judged("it needs a probe")


async def answer_wrongly() -> None:
    raise AssertionError("answered 500")


@pytest.mark.parametrize(
    "request_made, ended", [(lack_a_probe, pytest.skip.Exception), (answer_wrongly, AssertionError)]
)
async def test_whoever_waits_for_a_request_that_fails_waits_no_longer(request_made, ended) -> None:
    with pytest.raises(ended, match=r"probe|answered 500"):
        async with meanwhile(request_made()):
            await asyncio.Event().wait()


async def test_a_block_that_fails_ends_the_request() -> None:
    with pytest.raises(AssertionError, match="of the block"):
        async with meanwhile(asyncio.Event().wait()) as task:
            raise AssertionError("of the block")
    assert task.cancelled()


async def test_a_request_may_be_cancelled_or_answered() -> None:
    async with meanwhile(asyncio.Event().wait()) as task:
        task.cancel()
    assert task.cancelled()
    async with meanwhile(asyncio.sleep(0, "answer")) as task:
        assert await task == "answer"
