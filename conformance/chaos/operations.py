"""The operations of a chaos's clients, with every choice in them drawn from the seed.

Between them they use threads of their own and shared ones, all strategies of double texting,
background runs and those that are waited for or streamed, resumes, cancels, questions to a human
and steps side by side.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from random import Random
from typing import Any

from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.streams import StreamError

Operation = Coroutine[Any, Any, None]

FOLLOW_S = 20.0
RESUMES = 12
#: Runs that a shared thread gets before another takes its place: its state is their ledger, which
#: is read as a whole for each of them at the end.
THREAD_RUNS = 20
CONFLICTS = (409, 422)
STREAMED: Json = {
    "stream_mode": "custom",
    "stream_resumable": True,
    "on_disconnect": "continue",
}


class Threads:
    """Threads that several clients create runs on, each for a while."""

    def __init__(self, runs: Runs, count: int) -> None:
        self._runs = runs
        self._count = max(1, count)
        self._left: dict[str, int] = {}

    async def pick(self, dice: Random) -> str:
        """Return one of them, created now if there are too few."""
        if len(self._left) < self._count:
            thread_id = await self._runs.new_thread()
            self._left[thread_id] = THREAD_RUNS
        else:
            thread_id = dice.choice(list(self._left))
        self._left[thread_id] -= 1
        if not self._left[thread_id]:
            del self._left[thread_id]
        return thread_id


def _chain(dice: Random, most: int = 5) -> dict[str, int]:
    return {"steps": dice.randint(1, most), "sleep_ms": dice.choice([0, 30, 100, 300])}


async def queue_behind_others(runs: Runs, threads: Threads, dice: Random) -> None:
    """Queue a run behind others on a shared thread; follow every other one to its end."""
    thread_id = await threads.pick(dice)
    handle = await runs.create(thread_id, "chain", _chain(dice), multitask_strategy="enqueue")
    if dice.random() < 0.5:
        await runs.until_terminal(handle, FOLLOW_S)


async def double_text(runs: Runs, threads: Threads, dice: Random) -> None:
    """Create runs close together on one thread; some interrupt or undo others."""
    thread_id = await runs.new_thread()
    handles: list[RunHandle] = []
    for _ in range(dice.randint(2, 4)):
        strategy = dice.choice(["reject", "interrupt", "rollback", "enqueue"])
        content = _chain(dice)
        try:
            handles.append(
                await runs.create(thread_id, "chain", content, multitask_strategy=strategy)
            )
        except RunRefused as refused:
            if strategy != "reject" or refused.status not in CONFLICTS:
                raise
        await asyncio.sleep(dice.uniform(0, 0.3))
    for handle in handles:
        await runs.until_terminal(handle, FOLLOW_S)


async def cancel_midway(runs: Runs, threads: Threads, dice: Random) -> None:
    """Cancel a run at some moment, or delete it with all it wrote."""
    content = {"steps": 6, "sleep_ms": 200}
    handle = await runs.create(await runs.new_thread(), "chain", content)
    await asyncio.sleep(dice.uniform(0, 1.5))
    action = dice.choice(["interrupt", "rollback"])
    await runs.cancel(handle, wait=dice.random() < 0.5, action=action)
    await runs.until_terminal(handle, FOLLOW_S)


async def wait_for_result(runs: Runs, threads: Threads, dice: Random) -> None:
    """Create a stateless run and wait for its result."""
    await runs.wait(None, "chain", _chain(dice), on_disconnect="continue")


async def join_elsewhere(runs: Runs, threads: Threads, dice: Random) -> None:
    """Join a run on a thread of its own through any replica."""
    handle = await runs.create(await runs.new_thread(), "chain", _chain(dice))
    await runs.join(handle, at=dice.randrange(len(runs.api.urls)), timeout_s=FOLLOW_S)


async def fan_out(runs: Runs, threads: Threads, dice: Random) -> None:
    """Run steps side by side."""
    content = {"n": dice.randint(3, 12), "sleep_ms": dice.choice([0, 100])}
    handle = await runs.create(await runs.new_thread(), "fanout", content)
    await runs.until_terminal(handle, FOLLOW_S)


async def ask_human(runs: Runs, threads: Threads, dice: Random) -> None:
    """Ask a human a question, and send the answer some time later."""
    thread_id = await runs.new_thread()
    first = await runs.create(thread_id, "hitl", {"question": "go on?"})
    await runs.until_terminal(first, FOLLOW_S)
    await asyncio.sleep(dice.uniform(0, 1))
    command = {"resume": "yes"}
    second = await runs.create(thread_id, "hitl", None, command=command)
    await runs.until_terminal(second, FOLLOW_S)


async def stream_in_pieces(runs: Runs, threads: Threads, dice: Random) -> None:
    """Stream a run with a reader that leaves again and again, and one that reads it all."""
    content = {"total": dice.choice([30, 100, 300]), "sleep_ms": dice.choice([0, 10, 30])}
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", content, **STREAMED) as sub:
        await sub.collect(limit=dice.randint(1, 20))
        handle, after = sub.handle, sub.last_event_id
    both = (_whole(runs, handle), _in_pieces(runs, handle, after, dice))
    for outcome in await asyncio.gather(*both, return_exceptions=True):
        if outcome is not None:
            raise outcome


async def _whole(runs: Runs, handle: RunHandle) -> None:
    async with runs.join_stream(handle, "-1") as sub:
        await sub.collect(timeout_s=FOLLOW_S)


async def _in_pieces(runs: Runs, handle: RunHandle, after: str | None, dice: Random) -> None:
    """Resume where the last connection ended; the reader or a fault cuts each of them."""
    for _ in range(RESUMES):
        limit = dice.choice([None, dice.randint(1, 40)])
        async with runs.join_stream(handle, after, dice.randrange(len(runs.api.urls))) as sub:
            try:
                await sub.collect(limit=limit, timeout_s=FOLLOW_S)
            except StreamError:
                limit = 0
            after = sub.last_event_id or after
        if limit is None:
            return


OPERATIONS: Mapping[str, Callable[[Runs, Threads, Random], Operation]] = {
    "queued": queue_behind_others,
    "double texting": double_text,
    "cancelled": cancel_midway,
    "waited": wait_for_result,
    "joined": join_elsewhere,
    "fanned out": fan_out,
    "asked": ask_human,
    "streamed": stream_in_pieces,
}
WEIGHTS = (10, 2, 2, 2, 2, 1, 1, 3)
