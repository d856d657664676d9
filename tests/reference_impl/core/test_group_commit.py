"""Gather: calls share a batch under load, keep their order, and answer for themselves alone."""

import asyncio

import pytest

from onceproof.reference_impl.core.group_commit import MAX_BATCH, MAX_BATCH_BYTES, Gather

pytestmark = pytest.mark.anyio


class Together:
    """Remembers its batches; holds each until released, and refuses negative items."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.held = asyncio.Event()
        self.held.set()

    async def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        await self.held.wait()
        if any(item < 0 for item in items):
            raise ValueError(f"{min(items)} is negative")
        return [10 * item for item in items]


async def test_a_lone_call_goes_out_at_once() -> None:
    together = Together()
    assert await Gather(together)(1) == 10
    assert together.batches == [[1]]


async def test_calls_that_come_meanwhile_share_the_next_batch_in_their_order() -> None:
    together = Together()
    gather = Gather(together)
    together.held.clear()
    first = gather.add(0)
    while not together.batches:
        await asyncio.sleep(0)
    rest = [gather.add(n) for n in range(1, 6)]
    together.held.set()
    assert [await each for each in (first, *rest)] == [0, 10, 20, 30, 40, 50]
    assert together.batches == [[0], [1, 2, 3, 4, 5]]


async def test_no_batch_is_larger_than_allowed() -> None:
    together = Together()
    gather = Gather(together, size=lambda item: MAX_BATCH_BYTES + 1 if item == 1 else 0)
    answers = [gather.add(n) for n in range(MAX_BATCH + 5)]
    assert [await each for each in answers] == [10 * n for n in range(MAX_BATCH + 5)]
    assert [len(batch) for batch in together.batches] == [2, MAX_BATCH, 3]


async def test_one_item_s_own_fault_fails_no_other() -> None:
    gather = Gather(Together(), alone_if=(ValueError,))
    good, bad, also = gather.add(1), gather.add(-2), gather.add(3)
    assert (await good, await also) == (10, 30)
    with pytest.raises(ValueError, match="-2"):
        await bad


async def test_what_is_nobody_s_own_fault_fails_all() -> None:
    together = Together()
    gather = Gather(together)
    answers = [gather.add(n) for n in (1, -2)]
    for each in answers:
        with pytest.raises(ValueError, match="-2"):
            await each
    assert together.batches == [[1, -2]]
    assert await gather(4) == 40, "a failure must not end the gathering"


async def test_a_caller_that_gives_up_disturbs_no_other() -> None:
    together = Together()
    gather = Gather(together)
    together.held.clear()
    leaving = asyncio.create_task(gather(1))
    staying = asyncio.create_task(gather(2))
    while not together.batches:
        await asyncio.sleep(0)
    leaving.cancel()
    together.held.set()
    assert await staying == 20
