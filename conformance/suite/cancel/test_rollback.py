"""Cancelling with rollback: the run has never been."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.reads import (
    checkpoint_id,
    read_history,
    read_state,
    read_thread_status,
)
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


async def read_all(runs: Runs, thread_id: str) -> dict[str, Any]:
    """Read all that a thread shows of its runs."""
    shown = await read_state(runs.api, thread_id)
    return {
        "status": await read_thread_status(runs.api, thread_id),
        "values": shown["values"],
        "next": shown["next"],
        "checkpoint": shown["checkpoint"],
        "history": [checkpoint_id(entry) for entry in await read_history(runs.api, thread_id)],
    }


async def roll_back(runs: Runs, handle: RunHandle) -> None:
    """Cancel with rollback, and see that the run is gone on every replica."""
    expect(await runs.cancel(handle, action="rollback"), 200, 202, 204)
    same("status of the run", await runs.until_terminal(handle), None)
    for at in range(len(runs.api.urls)):
        same(f"the run on replica {at}", await runs.read(handle, at=at), None)


@requirement("CAN-05")
async def test_rollback_of_a_running_run_restores_the_thread(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    first, _ = await runs.wait(thread_id, "chain", {"steps": 2})
    before = await read_all(runs, thread_id)
    async with hold_run(runs, sink, thread_id, step=2, steps=4, durability="sync") as handle:
        added = len(await read_history(runs.api, thread_id)) - len(before["history"])
        assert added > 0, "the run that is to be rolled back has left no checkpoint"
        await roll_back(runs, handle)
    await expect_no_ghosts(runs.api, [thread_id])
    same("the thread", await read_all(runs, thread_id), before)
    same("status of the run before it", await runs.status(first), "success")
    assert await runs.final_snapshot([first, handle]), "not every run has ended"


@requirement("CAN-05")
async def test_rollback_of_a_pending_run_restores_the_thread(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    first, _ = await runs.wait(thread_id, "chain", {"steps": 2})
    before = await read_all(runs, thread_id)
    handle = await runs.create(thread_id, "chain", {"steps": 1}, after_seconds=60)
    await roll_back(runs, handle)
    await expect_no_ghosts(runs.api, [thread_id])
    same("the thread", await read_all(runs, thread_id), before)
    same("executions of the run", sink.executions(handle.nonce), [])
    assert await runs.final_snapshot([first, handle]), "not every run has ended"


@requirement("CAN-05")
async def test_rollback_in_the_moment_of_the_start_removes_the_run(runs: Runs) -> None:
    """The run is neither delayed nor surely running: as a client does that changes its mind."""
    thread_id = await runs.new_thread()
    handle = await runs.create(thread_id, "chain", {"steps": 600, "sleep_ms": 100})
    expect(await runs.cancel(handle, wait=True, action="rollback"), 200, 202, 204)
    same("status of the run", await runs.until_terminal(handle), None)
    await expect_no_ghosts(runs.api, [thread_id])


@requirement("CAN-05")
async def test_rollback_of_the_only_run_leaves_an_empty_thread(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    before = await read_all(runs, thread_id)
    async with hold_run(runs, sink, thread_id, step=1, durability="sync") as handle:
        await roll_back(runs, handle)
    await expect_no_ghosts(runs.api, [thread_id])
    same("the thread", await read_all(runs, thread_id), before)
    assert await runs.final_snapshot([handle]), "the run is still there"
