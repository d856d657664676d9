"""Nothing remains of a deleted thread."""

from functools import partial
from typing import Any

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.crons import NEVER
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.reads import Observed, read_state, read_thread
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink, WitnessTimeout

#: A stopped worker reports its end within this time.
STOP_S = 15.0
#: Longer than the lease and the sweep interval of a certification.
RETRY_S = 5.0
#: Numbers may be as old as one period of the server's statistics, 60 s by default.
PERIOD_S = 65.0


@requirement("THR-06")
async def test_a_deleted_thread_is_unknown(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread()
    handle, _ = await aside.wait(thread_id, "chain", {})
    expect(await aside.delete_thread(thread_id), 200, 204)
    path = f"/threads/{thread_id}"
    for gone in (path, f"{path}/state", f"{path}/history", f"{path}/runs", handle.path):
        for place in range(len(api.urls)):
            expect_refusal(await api.get(gone, at=place), 404)
    expect_refusal(await api.delete(path), 404)


@requirement("THR-06")
async def test_a_thread_made_again_has_nothing_of_the_deleted_one(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread(metadata={"of": "the first"})
    await aside.wait(thread_id, "chain", {})
    expect(await aside.delete_thread(thread_id), 200, 204)
    await aside.new_thread(thread_id=thread_id)
    made = await read_thread(api, thread_id)
    same("status", made["status"], "idle")
    same("metadata of the first", made["metadata"].get("of"), None)
    same("runs", expect(await api.get(f"/threads/{thread_id}/runs")), [])
    _, values = await aside.wait(thread_id, "chain", {"steps": 1})
    same("steps in the ledger of the new thread", [each["i"] for each in values["log"]], [0])


@requirement("THR-06")
async def test_the_crons_of_a_deleted_thread_are_gone(
    aside: Runs, api: Api, observe: Observed
) -> None:
    thread_id = await aside.new_thread()
    path, body = (
        f"/threads/{thread_id}/runs/crons",
        {"assistant_id": any_graph(), "schedule": NEVER},
    )
    made = await api.post(path, json=body)
    if made.status_code in (404, 405) and not await claims(api, "POST", path):
        observe("the target has no crons")
        return
    expect(made)
    same("crons of the thread", len(await list_crons(api, thread_id)), 1)
    expect(await aside.delete_thread(thread_id), 200, 204)
    same("crons of the deleted thread", await list_crons(api, thread_id), [])


async def list_crons(api: Api, thread_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = expect(
        await api.post("/runs/crons/search", json={"thread_id": thread_id})
    )
    return found


@requirement("THR-07")
async def test_deleting_a_busy_thread_stops_its_run_for_good(
    aside: Runs, api: Api, aside_sink: Sink
) -> None:
    thread_id, nonce = await aside.new_thread(), new_nonce()
    await aside.create(thread_id, "chain", {"steps": 2, "sleep_ms": 60_000}, nonce=nonce)
    await aside_sink.async_wait_for(nonce, "ping", step=0)
    expect(await aside.delete_thread(thread_id), 200, 204)
    [execution] = await aside_sink.async_wait_for(nonce, "end", step=0, timeout_s=STOP_S)
    assert execution.outcome != "ok", (
        "the node of the deleted run finished, but should have been stopped"
    )
    with pytest.raises(WitnessTimeout):
        await aside_sink.async_wait_for(nonce, "begin", 2, timeout_s=RETRY_S)
    expect_refusal(await api.get(f"/threads/{thread_id}"), 404)


@requirement("THR-07")
async def test_the_run_of_a_deleted_thread_writes_nothing_to_its_successor(
    aside: Runs, api: Api, aside_sink: Sink
) -> None:
    thread_id, nonce = await aside.new_thread(), new_nonce()
    aside_sink.hold(nonce, 0)
    try:
        old = await aside.create(thread_id, "chain", {}, nonce=nonce)
        await aside_sink.async_wait_for(nonce, "begin", step=0)
        expect(await aside.delete_thread(thread_id), 200, 204)
        await aside.new_thread(thread_id=thread_id)
    finally:
        aside_sink.release(nonce)
    handle, values = await aside.wait(thread_id, "chain", {})
    same("whose steps are in the ledger", {each["nonce"] for each in values["log"]}, {handle.nonce})
    same("the old run", await aside.read(old), None)
    same("the state afterwards", (await read_state(api, thread_id))["values"]["log"], values["log"])


@requirement("THR-07")
async def test_runs_of_a_deleted_thread_are_no_longer_counted(
    small_runs: Runs, aside_history: Recorder, aside_sink: Sink
) -> None:
    api, count = small_runs.api, partial(read_queue, small_runs.api)
    async with Runs(api, aside_history, aside_sink.url) as runs:
        thread_id = await runs.new_thread()
        async with hold_run(runs, aside_sink, thread_id):
            await runs.create(thread_id, "chain", {}, after_seconds=600)
            await expect_eventually("pending and running before", count, (1, 1), within_s=PERIOD_S)
            expect(await runs.delete_thread(thread_id), 200, 204)
            await expect_eventually("pending and running", count, (0, 0), within_s=PERIOD_S)


async def read_queue(api: Api) -> tuple[int, int]:
    """Read how many runs are pending and how many are running, as the target counts them."""
    figures = expect(await api.get("/metrics", params={"format": "json"}))["queue"]
    return figures["n_pending"], figures["n_running"]
