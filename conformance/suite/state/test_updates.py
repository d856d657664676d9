"""Changing the state of a thread without a run."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import (
    Observed,
    checkpoint_id,
    read_history,
    read_state,
    read_thread_values,
)
from onceproof.conformance.suite.state.finished import STEPS, FinishedChain
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

ENTRY = {"nonce": "written by an update", "i": 0, "token": 0}
LATER_S = 600


async def update_state(api: Api, thread_id: str, **body: Any) -> dict[str, Any]:
    """Update the state, and return the latest one, whose checkpoint the answer must name."""
    answer = expect(await api.post(f"/threads/{thread_id}/state", json=body))
    latest = await read_state(api, thread_id)
    same("the checkpoint of the latest state", checkpoint_id(latest), checkpoint_id(answer))
    return latest


@requirement("STA-08")
async def test_an_update_goes_through_the_reducers(finished_chain: FinishedChain, api: Api) -> None:
    values = {"log": [ENTRY], "i": 7}
    latest = await update_state(api, finished_chain.thread_id, values=values, as_node="step")
    same("the ledger, appended to", latest["values"]["log"], [*finished_chain.values["log"], ENTRY])
    same("i, overwritten", latest["values"]["i"], 7)
    same("a channel not named", latest["values"]["nonce"], finished_chain.values["nonce"])
    same(
        "values of the thread",
        await read_thread_values(api, finished_chain.thread_id),
        latest["values"],
    )


@requirement("STA-08")
async def test_an_update_is_a_checkpoint_of_source_update(
    finished_chain: FinishedChain, api: Api
) -> None:
    await update_state(api, finished_chain.thread_id, values={"i": 7}, as_node="step")
    newest, *older = await read_history(api, finished_chain.thread_id)
    same("source", newest["metadata"]["source"], "update")
    same("step", newest["metadata"]["step"], finished_chain.history[0]["metadata"]["step"] + 1)
    same("parent", newest["parent_checkpoint"]["checkpoint_id"], finished_chain.checkpoint_ids[0])
    same("the history before it", older, finished_chain.history)


@requirement("STA-08")
@pytest.mark.parametrize(("as_node", "due"), [("begin", ["step"]), ("step", [])])
async def test_an_update_counts_as_if_its_node_had_run(
    finished_chain: FinishedChain, api: Api, as_node: str, due: list[str]
) -> None:
    i = 0 if due else STEPS
    latest = await update_state(api, finished_chain.thread_id, values={"i": i}, as_node=as_node)
    same(f"next after {as_node}", latest["next"], due)


@requirement("STA-08")
async def test_a_run_goes_on_from_an_update(
    aside: Runs, finished_chain: FinishedChain, api: Api
) -> None:
    await update_state(api, finished_chain.thread_id, values={"i": 1}, as_node="begin")
    _, values = await aside.wait(finished_chain.thread_id, "chain", None)
    same("steps in the ledger", [each["i"] for each in values["log"]], [0, 1, 2, 1, 2])


@requirement("STA-09")
async def test_a_thread_with_a_running_run_refuses_an_update(
    runs: Runs, api: Api, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    # Under `sync` nothing remains to be written while the run is held there.
    async with hold_run(runs, sink, thread_id, step=1, durability="sync") as handle:
        before = await read_state(api, thread_id)
        for place in range(len(api.urls)):
            body = {"values": {"log": [ENTRY]}, "as_node": "step"}
            expect_refusal(await api.post(f"/threads/{thread_id}/state", json=body, at=place), 409)
        same("the state afterwards", await read_state(api, thread_id), before)
    values = await runs.join(handle)
    same(
        "whose steps are in the ledger",
        [each["nonce"] for each in values["log"]],
        [handle.nonce] * STEPS,
    )


@requirement("STA-09")
async def test_a_thread_with_a_pending_run_refuses_an_update(
    aside: Runs, api: Api, finished_chain: FinishedChain
) -> None:
    before = await read_state(api, finished_chain.thread_id)
    handle = await aside.create(finished_chain.thread_id, "chain", {}, after_seconds=LATER_S)
    path, body = (
        f"/threads/{finished_chain.thread_id}/state",
        {"values": {"i": 0}, "as_node": "begin"},
    )
    expect_refusal(await api.post(path, json=body), 409)
    same("the state afterwards", await read_state(api, finished_chain.thread_id), before)
    await aside.cancel(handle)
    await aside.until_terminal(handle)
    expect(await api.post(path, json=body))


@requirement("STA-10")
async def test_a_thread_without_a_graph_refuses_an_update(
    runs: Runs, api: Api, observe: Observed
) -> None:
    thread_id = await runs.new_thread()
    response = await api.post(f"/threads/{thread_id}/state", json={"values": {"i": 1}})
    expect_refusal(response, *range(400, 500))
    observe(f"update without a graph: {response.status_code}")
    same("the state afterwards", (await read_state(api, thread_id))["values"], {})


@requirement("STA-11")
@pytest.mark.parametrize("form", ["checkpoint", "checkpoint_id"])
async def test_an_update_from_an_older_checkpoint_becomes_the_latest_state(
    finished_chain: FinishedChain, api: Api, form: str
) -> None:
    old = finished_chain.find_entry_after(1)
    at = old["checkpoint"] if form == "checkpoint" else checkpoint_id(old)
    values = {"log": [ENTRY]}
    latest = await update_state(
        api, finished_chain.thread_id, values=values, as_node="begin", **{form: at}
    )
    same("the ledger", latest["values"]["log"], [*old["values"]["log"], ENTRY])
    same("next", latest["next"], ["step"])
    same("parent", latest["parent_checkpoint"]["checkpoint_id"], checkpoint_id(old))


@requirement("STA-11")
async def test_a_fork_keeps_the_previous_history_readable(
    finished_chain: FinishedChain, api: Api
) -> None:
    old = finished_chain.find_entry_after(1)["checkpoint"]
    await update_state(
        api, finished_chain.thread_id, values={"i": 2}, as_node="begin", checkpoint=old
    )
    newest, *older = await read_history(api, finished_chain.thread_id)
    same("the history before the fork", older, finished_chain.history)
    same("its source", newest["metadata"]["source"], "update")
    path = f"/threads/{finished_chain.thread_id}/state/{finished_chain.checkpoint_ids[0]}"
    same("the former latest state", expect(await api.get(path))["values"], finished_chain.values)


@requirement("STA-11")
async def test_a_run_goes_on_from_a_fork(
    aside: Runs, finished_chain: FinishedChain, api: Api
) -> None:
    old = finished_chain.find_entry_after(1)["checkpoint"]
    await update_state(
        api, finished_chain.thread_id, values={"i": 2}, as_node="begin", checkpoint=old
    )
    _, values = await aside.wait(finished_chain.thread_id, "chain", None)
    same("steps in the ledger", [each["i"] for each in values["log"]], [0, 2])
