"""Clients that leave before the end of the run they follow."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.waiting import meanwhile
from onceproof.conformance.wire.handles import RunHandle, new_nonce, runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

STEPS = 4
SOON_S = 5.0

Following = Callable[..., AbstractAsyncContextManager[Any]]


@asynccontextmanager
async def cut_stream(runs: Runs, thread_id: str, nonce: str, choice: str) -> AsyncIterator[None]:
    """Cut the stream of the run when the block ends."""
    input = {"steps": STEPS, "sleep_ms": 200}
    async with runs.stream(thread_id, "chain", input, nonce=nonce, on_disconnect=choice) as sub:
        yield
        await sub.cut()


@asynccontextmanager
async def cut_wait(runs: Runs, thread_id: str, nonce: str, choice: str) -> AsyncIterator[None]:
    """Cut the wait for the run when the block ends."""
    input = {"steps": STEPS, "sleep_ms": 200}
    waiting = runs.wait(thread_id, "chain", input, nonce=nonce, on_disconnect=choice)
    async with meanwhile(waiting) as task:
        yield
        task.cancel()


@pytest.mark.parametrize("follow", [cut_stream, cut_wait], ids=["stream", "wait"])
@pytest.mark.parametrize("choice, status", [("cancel", "interrupted"), ("continue", "success")])
@requirement("CAN-16")
async def test_on_disconnect_decides_about_a_lost_client(
    runs: Runs, sink: Sink, follow: Following, choice: str, status: str
) -> None:
    """Under `cancel` the step stays held, so that the run can end in no other way."""
    thread_id, nonce = await runs.new_thread(), new_nonce()
    sink.hold(nonce, 1)
    try:
        async with follow(runs, thread_id, nonce, choice):
            await sink.async_wait_for(nonce, "begin", step=1)
        handle = await find_only_run(runs, thread_id, nonce)
        if choice == "continue":
            sink.release(nonce)
        same("status of the run", await runs.until_terminal(handle, 2 * SOON_S), status)
    finally:
        sink.release(nonce)
    effects = sorted(key for one in sink.executions(nonce) for key in one.effects)
    same("steps that were finished", effects, ["0"] if choice == "cancel" else list("0123"))


async def find_only_run(runs: Runs, thread_id: str, nonce: str) -> RunHandle:
    """Return the only run of a thread: the answer to its creation may not have named its id."""
    [run] = expect(await runs.api.get(runs_path(thread_id)))
    return RunHandle(nonce, run["run_id"], thread_id, None)


@pytest.mark.parametrize("way", ["join", "stream"])
@requirement("CAN-17")
async def test_a_joiner_can_cancel_by_leaving(runs: Runs, sink: Sink, way: str) -> None:
    async with hold_run(runs, sink, await runs.new_thread()) as handle:
        leaving = {"cancel_on_disconnect": "true"}
        async with runs.api.open("GET", f"{handle.path}/{way}", params=leaving) as response:
            same("answer to the joiner", response.status_code, 200)
        same("status of the run", await runs.until_terminal(handle, SOON_S), "interrupted")


@pytest.mark.parametrize("way", ["join", "stream"])
@requirement("CAN-17")
async def test_a_joiner_that_leaves_without_saying_so_cancels_nothing(
    runs: Runs, sink: Sink, way: str
) -> None:
    async with (
        hold_run(runs, sink, await runs.new_thread()) as handle,
        runs.api.open("GET", f"{handle.path}/{way}") as response,
    ):
        same("answer to the joiner", response.status_code, 200)
    same("status of the run", await runs.until_terminal(handle), "success")
