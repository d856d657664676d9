"""Nodes that are plain functions: whose thread each is, how long it is waited for, and its loss."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from onceproof.reference_impl.core.containment import prepare_loop, start_in_run
from onceproof.reference_impl.core.node_threads import THREADS_PER_SLOT, threads_of_loop

PATIENT_S = 30


def run(scene: Callable[[], Awaitable[Any]]) -> Any:
    async def on_a_loop() -> Any:
        prepare_loop(1)
        return await scene()

    return asyncio.run(on_a_loop())


async def call_and_cancel(run_id: UUID, call: Callable[[], object]) -> None:
    """Call in a thread of the run, whose task is cancelled once the thread is under way."""
    began, loop = asyncio.Event(), asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(began.set)
        call()

    task = start_in_run(asyncio.to_thread(work), run_id)
    await began.wait()
    task.cancel()
    await asyncio.wait({task})


def test_a_cancelled_runs_threads_are_waited_for_and_nobody_elses() -> None:
    mine, theirs = threading.Event(), threading.Event()

    async def scene() -> None:
        run_id, other = uuid4(), uuid4()
        await call_and_cancel(run_id, mine.wait)
        await call_and_cancel(other, theirs.wait)
        asyncio.get_running_loop().call_later(0.05, mine.set)
        assert await threads_of_loop().settle(run_id, PATIENT_S) == 0
        assert mine.is_set()
        assert await threads_of_loop().settle(run_id, PATIENT_S) == 0
        theirs.set()

    run(scene)


def test_threads_that_do_not_return_are_replaced_until_too_many_are_lost() -> None:
    let_go = threading.Event()

    async def scene() -> None:
        threads = threads_of_loop()
        for lost in range(THREADS_PER_SLOT):
            assert (threads.lost, threads.are_spent) == (lost, False)
            run_id = uuid4()
            await call_and_cancel(run_id, let_go.wait)
            assert await threads.settle(run_id, 0.01) == 1
        assert threads.are_spent
        async with asyncio.timeout(PATIENT_S):
            assert await asyncio.to_thread(lambda: "a free thread") == "a free thread"
        let_go.set()
        async with asyncio.timeout(PATIENT_S):
            while threads.lost:
                await asyncio.sleep(0.01)
        assert not threads.are_spent

    run(scene)


def test_the_loop_ends_although_a_thread_never_returns() -> None:
    forever = threading.Event()

    async def scene() -> str:
        await call_and_cancel(uuid4(), forever.wait)
        return "ended"

    try:
        assert run(scene) == "ended"
    finally:
        forever.set()
