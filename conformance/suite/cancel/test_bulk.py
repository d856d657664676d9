"""Cancelling several runs in one request."""

import asyncio
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.exclusive import SWEEPS, touches_others
from onceproof.conformance.suite.kit.gates import gate, hold_run
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

PATH = "/runs/cancel"
#: Longer than any test takes.
LATER_S = 3600


@requirement("CAN-09")
async def test_listed_runs_of_a_thread_are_cancelled(runs: Runs, sink: Sink) -> None:
    """The second may begin before its own cancel lands, since the one ahead is cancelled, too."""
    thread_id = await runs.new_thread()
    with gate(sink) as nonce:
        async with hold_run(runs, sink, thread_id) as running:
            queued = await runs.create(thread_id, "chain", {"steps": 1}, nonce=nonce)
            spared = await runs.create(thread_id, "chain", {"steps": 1})
            listed = [running.run_id, queued.run_id]
            expect(await runs.api.post(PATH, json={"thread_id": thread_id, "run_ids": listed}), 204)
            for handle in (running, queued):
                same("status of a listed run", await runs.until_terminal(handle), "interrupted")
    same("status of the run that was not listed", await runs.until_terminal(spared), "success")


@pytest.mark.parametrize("status", ["pending", "running", "all"])
@requirement("CAN-09")
async def test_all_runs_of_a_status_are_cancelled(alone: Runs, sink: Sink, status: str) -> None:
    """In a deployment of its own: it would hit the runs of every other client.

    Nobody moves on meanwhile: one run stands inside a step, one waits behind it and would stand
    there as well, and the time of the third has not come.
    """
    first, second = await alone.new_thread(), await alone.new_thread()
    with gate(sink) as nonce:
        async with hold_run(alone, sink, first) as running:
            queued = await alone.create(first, "chain", {"steps": 1}, nonce=nonce)
            later = await alone.create(second, "chain", {"steps": 1}, after_seconds=LATER_S)
            await expect_eventually(
                "status of the run inside a step", lambda: alone.status(running), "running"
            )
            expect(await alone.api.post(PATH, json={"status": status}), 204)
            hit = {"pending": [queued, later], "running": [running]}
            ended = hit.get(status, [running, queued, later])
            statuses = await asyncio.gather(*(alone.until_terminal(handle) for handle in ended))
            same(f"status of runs that were {status}", statuses, ["interrupted"] * len(ended))
    if later not in ended:
        same("status of a run whose time has not come", await alone.status(later), "pending")
        expect(await alone.cancel(later), 200, 202, 204)
    assert await alone.final_snapshot([running, queued, later]), "not every run has ended"
    ends = [await alone.status(each) for each in (running, queued)]
    wanted = ["interrupted" if each in ended else "success" for each in (running, queued)]
    same(f"status in the end, after those {status} were cancelled", ends, wanted)


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
