"""A deployed graph used like a local one, by LangGraph's `RemoteGraph`."""

from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.pregel.remote import RemoteGraph

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.sdk.clients import (
    open_official_client,
    open_official_sync_client,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs

PROBE = "chain"
STEPS = 2


@pytest.fixture
def graph(api: Api) -> RemoteGraph:
    """The probe `chain` as a remote graph."""
    api.guard.demand(PROBE)
    url = api.urls[0]
    client = open_official_client(url, api.guard)
    sync_client = open_official_sync_client(url, api.guard)
    return RemoteGraph(PROBE, url=url, client=client, sync_client=sync_client)


@pytest.fixture
async def config(aside: Runs) -> RunnableConfig:
    """Names a new thread."""
    return {"configurable": {"thread_id": await aside.new_thread()}}


def make_input() -> dict[str, Any]:
    # Without a sink: what RemoteGraph starts is not in the history.
    return {"nonce": new_nonce(), "steps": STEPS}


def list_steps(values: Any) -> list[int]:
    return [entry["i"] for entry in values["log"]]


@requirement("SDK-06")
async def test_invoke_answers_the_final_values(graph: RemoteGraph, config: RunnableConfig) -> None:
    asked = make_input()
    values = await graph.ainvoke(asked, config)
    same("nonce", values["nonce"], asked["nonce"])
    same("steps in the ledger", list_steps(values), list(range(STEPS)))


@requirement("SDK-06")
async def test_stream_gives_an_update_per_node(graph: RemoteGraph, config: RunnableConfig) -> None:
    updates = [each async for each in graph.astream(make_input(), config, stream_mode="updates")]
    same("nodes", [name for each in updates for name in each], ["begin", *["step"] * STEPS])


@requirement("SDK-06")
async def test_get_state_shows_the_latest_state(graph: RemoteGraph, config: RunnableConfig) -> None:
    values = await graph.ainvoke(make_input(), config)
    snapshot = await graph.aget_state(config)
    same("values and next", (snapshot.values, snapshot.next), (values, ()))
    past = [each async for each in graph.aget_state_history(config)]
    same("the newest of the history", past[0].values, values)
    same("super-steps", len(past), STEPS + 3)


@requirement("SDK-06")
async def test_update_state_writes_as_a_node(graph: RemoteGraph, config: RunnableConfig) -> None:
    await graph.ainvoke(make_input(), config)
    await graph.aupdate_state(config, {"i": 1}, as_node="begin")
    snapshot = await graph.aget_state(config)
    same("i and next", (snapshot.values["i"], snapshot.next), (1, ("step",)))
    same("the ledger after going on", list_steps(await graph.ainvoke(None, config)), [0, 1, 1])
