"""Group commit: calls that arrive while another is under way are made together.

Each statement costs a commit and two context switches, a good part of a short run; calls that
arrive together can share one. Nothing waits for company: a lone call is sent at once, and under
load batches grow by themselves. Calls keep the order in which they arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

#: The most that one batch carries.
MAX_BATCH = 200
MAX_BATCH_BYTES = 8 * 1024 * 1024


class Gather(Generic[Item, Answer]):
    """`together(items)` answers for each item, in order; an answer may be an exception."""

    def __init__(
        self,
        together: Callable[[list[Item]], Awaitable[Sequence[Answer | BaseException]]],
        *,
        alone_if: tuple[type[Exception], ...] = (),
        size: Callable[[Item], int] = lambda item: 0,
    ):
        """An error in `alone_if` may be due to one item: its batch is repeated item by item."""
        self._together = together
        self._alone_if = alone_if
        self._size = size
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._sender: asyncio.Task[None] | None = None

    def add(self, item: Item) -> asyncio.Future[Answer]:
        """Add the item to the next batch. It is not an error if nobody reads the answer."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send(), name="gather")
        return answer

    async def __call__(self, item: Item) -> Answer:
        # Shielded: a caller that gives up must not cancel the batch of the others.
        return await asyncio.shield(self.add(item))

    async def _send(self) -> None:
        while self._waiting:
            batch = self._take()
            items, answers = [item for item, _ in batch], [answer for _, answer in batch]
            try:
                _settle(answers, await self._together(items))
            except self._alone_if as error:
                await self._one_by_one(batch, error)
            except Exception as error:  # handed to the callers, whose call it was
                _settle(answers, [error] * len(answers))

    async def _one_by_one(
        self, batch: list[tuple[Item, asyncio.Future[Answer]]], error: Exception
    ) -> None:
        for item, answer in batch:
            try:
                if len(batch) == 1:
                    raise error
                _settle([answer], await self._together([item]))
            except Exception as its_own:  # handed to the caller, as above
                _settle([answer], [its_own])

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        size, count = 0, 0
        for item, _ in self._waiting[:MAX_BATCH]:
            size += self._size(item)
            count += 1
            if size > MAX_BATCH_BYTES:
                break
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch


def columns(rows: Iterable[Sequence[Any]], width: int) -> Sequence[Sequence[Any]]:
    """Turn rows into one array per column, as `unnest` takes them."""
    return list(zip(*rows, strict=True)) or [()] * width


def _settle(
    answers: Sequence[asyncio.Future[Answer]], given: Sequence[Answer | BaseException]
) -> None:
    for answer, result in zip(answers, given, strict=True):
        if answer.done():
            continue
        if isinstance(result, BaseException):
            answer.set_exception(result)
            answer.exception()  # marks it as read
        else:
            answer.set_result(result)
