"""Deleting runs."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.reads import (
    Observed,
    read_history,
    read_state,
    read_thread_status,
    read_thread_values,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

REFUSED = (409, 422)
DELETED = (200, 202, 204)


@requirement("RUN-28")
async def test_a_deleted_run_is_gone_with_its_checkpoints(runs: Runs, observe: Observed) -> None:
    thread_id = await runs.new_thread()
    kept, _ = await runs.wait(thread_id, "chain", {"steps": 2})
    before = await list_checkpoint_ids(runs, thread_id)
    handle, _ = await runs.wait(thread_id, "chain", {"steps": 2})
    added = await list_checkpoint_ids(runs, thread_id) - before
    assert added, "the run to be deleted has no checkpoints"
    response = await runs.delete(handle)
    expect(response, 200, 204)
    observe(f"delete of a finished run: {response.status_code}")
    for at in range(len(runs.api.urls)):
        expect_refusal(await runs.api.get(handle.path, at=at), 404)
    same(
        "checkpoints that remain of the deleted run",
        await list_checkpoint_ids(runs, thread_id) & added,
        set(),
    )
    same("checkpoints of the other run", await list_checkpoint_ids(runs, thread_id), before)
    same("status of the other run", await runs.status(kept), "success")


@requirement("RUN-45")
async def test_deleting_an_earlier_run_leaves_what_later_runs_made(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handles = [(await runs.wait(thread_id, "messages", {"text": text}))[0] for text in "abc"]
    before = (await read_state(api, thread_id))["values"]
    expect(await runs.delete(handles[1]), 200, 204)
    same("values of the state", (await read_state(api, thread_id))["values"], before)
    same("values of the thread", await read_thread_values(api, thread_id), before)
    _, answer = await runs.wait(thread_id, "messages", {"text": "d"})
    shown = [message["content"] for message in answer["messages"]]
    same("messages after another run", shown, list("abcd"))


async def list_checkpoint_ids(runs: Runs, thread_id: str) -> set[str]:
    """List the ids of all checkpoints in a thread's history."""
    entries = await read_history(runs.api, thread_id)
    return {entry["checkpoint"]["checkpoint_id"] for entry in entries}


@pytest.mark.parametrize("status", ["running", "pending"])
@requirement("RUN-29")
async def test_deleting_an_unfinished_run_leaves_no_busy_thread(
    runs: Runs, sink: Sink, observe: Observed, status: str
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1) as held:
        queued = await runs.create(thread_id, "chain", {})
        victim = held if status == "running" else queued
        response = await runs.delete(victim)
        expect(response, *REFUSED, *DELETED)
        observe(f"delete of a {status} run: {response.status_code}")
    assert await runs.final_snapshot([held, queued]), "some run has neither ended nor been deleted"
    await _expect_effect_of_answer(runs, victim, response.status_code)
    other = queued if victim is held else held
    same("status of the other run", await runs.status(other), "success")
    await expect_no_ghosts(runs.api, [thread_id])
    assert await read_thread_status(runs.api, thread_id) != "busy", "the thread is still busy"


async def _expect_effect_of_answer(runs: Runs, victim: RunHandle, answer: int) -> None:
    """Expect a run whose deletion was refused to go on, and a deleted one to be gone."""
    wanted = "success" if answer in REFUSED else None
    same(
        f"status of the run whose deletion was answered {answer}", await runs.status(victim), wanted
    )
