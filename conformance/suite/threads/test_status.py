"""The status of a thread follows its runs."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import read_state, read_thread_status
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LATER_S = 600


@requirement("THR-14")
async def test_a_run_makes_its_thread_busy_and_a_success_idle(
    runs: Runs, api: Api, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    same("before the run", await read_thread_status(api, thread_id), "idle")
    async with hold_run(runs, sink, thread_id) as handle:
        for place in range(len(api.urls)):
            same("during the run", await read_thread_status(api, thread_id, at=place), "busy")
    same("the run", await runs.until_terminal(handle), "success")
    for place in range(len(api.urls)):
        same("after the run", await read_thread_status(api, thread_id, at=place), "idle")


@requirement("THR-14")
async def test_a_thread_is_busy_as_soon_as_a_run_is_accepted(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle = await runs.create(thread_id, "slow", {"seconds": 1}, at=0)
    same("right after the create", await read_thread_status(api, thread_id, at=-1), "busy")
    same("the run", await runs.until_terminal(handle), "success")


@requirement("THR-14")
@pytest.mark.parametrize(("graph", "status"), [("hitl", "interrupted"), ("fail", "error")])
async def test_the_end_of_a_run_decides_the_status(
    runs: Runs, api: Api, graph: str, status: str
) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, graph, {})
    same(f"the thread after {graph}", await read_thread_status(api, thread_id), status)


@requirement("THR-14")
async def test_a_run_cancelled_midway_leaves_its_thread_interrupted(
    runs: Runs, api: Api, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1) as handle:
        expect(await runs.cancel(handle), 200, 202, 204)
        same("the run", await runs.until_terminal(handle), "interrupted")
    same("the thread", await read_thread_status(api, thread_id), "interrupted")
    same("next", (await read_state(api, thread_id))["next"], ["step"])


@requirement("THR-14")
async def test_a_later_success_clears_the_status_of_a_failure(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "fail", {})
    await runs.wait(thread_id, "chain", {})
    same("the thread", await read_thread_status(api, thread_id), "idle")


@requirement("THR-15")
async def test_a_thread_is_busy_until_the_last_of_its_runs_has_ended(
    runs: Runs, api: Api, sink: Sink
) -> None:
    thread_id, nonces = await runs.new_thread(), [new_nonce() for _ in range(3)]
    for nonce in nonces:
        sink.hold(nonce, 0)
    try:
        handles = [await runs.create(thread_id, "chain", {}, nonce=nonce) for nonce in nonces]
        for place, handle in enumerate(handles):
            same(f"while run {place} is not over", await read_thread_status(api, thread_id), "busy")
            await sink.async_wait_for(handle.nonce, "begin", step=0)
            same(f"while run {place} is running", await read_thread_status(api, thread_id), "busy")
            sink.release(handle.nonce)
            same(f"run {place}", await runs.until_terminal(handle), "success")
    finally:
        for nonce in nonces:
            sink.release(nonce)
    same("after the last run", await read_thread_status(api, thread_id), "idle")


@requirement("THR-15")
async def test_a_thread_whose_only_run_is_delayed_is_busy(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle = await runs.create(thread_id, "chain", {}, after_seconds=LATER_S)
    same("the run", await runs.status(handle), "pending")
    same("the thread", await read_thread_status(api, thread_id), "busy")
    expect(await runs.cancel(handle), 200, 202, 204)
    await runs.until_terminal(handle)
    same("after its end", await read_thread_status(api, thread_id), "idle")


@requirement("THR-15")
async def test_a_delayed_run_keeps_a_thread_busy_after_another_has_ended(
    runs: Runs, api: Api
) -> None:
    thread_id = await runs.new_thread()
    later = await runs.create(thread_id, "chain", {}, after_seconds=LATER_S)
    now = await runs.create(thread_id, "chain", {})
    same("the run that is due", await runs.until_terminal(now), "success")
    same("the thread meanwhile", await read_thread_status(api, thread_id), "busy")
    expect(await runs.cancel(later), 200, 202, 204)
    await runs.until_terminal(later)
    same("the thread afterwards", await read_thread_status(api, thread_id), "idle")
