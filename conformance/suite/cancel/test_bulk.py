"""Cancelling several runs in one request."""

import asyncio
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.exclusive import SWEEPS, touches_others
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

PATH = "/runs/cancel"


@requirement("CAN-09")
async def test_listed_runs_of_a_thread_are_cancelled(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as running:
        queued, spared = [await runs.create(thread_id, "chain", {"steps": 1}) for _ in range(2)]
        listed = [running.run_id, queued.run_id]
        expect(await runs.api.post(PATH, json={"thread_id": thread_id, "run_ids": listed}), 204)
        for handle in (running, queued):
            same("status of a listed run", await runs.until_terminal(handle), "interrupted")
    same("status of the run that was not listed", await runs.until_terminal(spared), "success")
    same("executions of the queued run", sink.executions(queued.nonce), [])


@pytest.mark.parametrize("status", ["pending", "running", "all"])
@requirement("CAN-09")
async def test_all_runs_of_a_status_are_cancelled(alone: Runs, sink: Sink, status: str) -> None:
    """In a deployment of its own: it would hit the runs of every other client."""
    first, second = await alone.new_thread(), await alone.new_thread()
    async with hold_run(alone, sink, first) as running:
        queued = await alone.create(first, "chain", {"steps": 1})
        elsewhere = await alone.create(second, "chain", {"steps": 1}, after_seconds=1)
        expect(await alone.api.post(PATH, json={"status": status}), 204)
        hit = {"pending": [queued, elsewhere], "running": [running]}.get(
            status, [running, queued, elsewhere]
        )
        ended = await asyncio.gather(*(alone.until_terminal(handle) for handle in hit))
        same(f"status of runs that were {status}", ended, ["interrupted"] * len(hit))
    spared = [handle for handle in (running, queued, elsewhere) if handle not in hit]
    assert await alone.final_snapshot([running, queued, elsewhere]), "not every run has ended"
    left = [await alone.status(handle) for handle in spared]
    same("status of runs that were in another status", left, ["success"] * len(spared))
    stayed = [await alone.status(handle) for handle in hit]
    same(f"status in the end of runs that were {status}", stayed, ["interrupted"] * len(hit))


@touches_others(SWEEPS)
@requirement("CAN-09")
async def test_a_selection_that_says_both_or_nothing_is_refused(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    delayed = await runs.create(thread_id, "chain", {}, after_seconds=60)
    named = {"thread_id": thread_id, "run_ids": [delayed.run_id]}
    expect_refusal(await api.post(PATH, json={**named, "status": "pending"}), 422)
    expect_refusal(await api.post(PATH, json={}), 422)
    same("status of the run", await runs.status(delayed), "pending")
    expect(await api.post(PATH, json=named), 204)
    same("status of the run", await runs.until_terminal(delayed), "interrupted")


@requirement("CAN-09")
async def test_a_selection_that_matches_nothing_is_404(api: Api, runs: Runs) -> None:
    body = {"thread_id": await runs.new_thread(), "run_ids": [str(uuid4())]}
    expect_refusal(await api.post(PATH, json=body), 404)


@requirement("CAN-09")
async def test_all_runs_of_a_status_without_any_is_404(alone: Runs) -> None:
    expect_refusal(await alone.api.post(PATH, json={"status": "all"}), 404)
