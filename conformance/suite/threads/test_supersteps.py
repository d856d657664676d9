"""Threads that are created with a state."""

from typing import Any
from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import (
    read_history,
    read_state,
    read_thread,
    read_thread_values,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs


def make_step(as_node: str, **values: Any) -> dict[str, Any]:
    return {"updates": [{"as_node": as_node, "values": values}]}


async def create_thread(aside: Runs, supersteps: list[dict[str, Any]], status: int) -> str:
    """Create a thread of graph `chain`, expect `status`, and return the thread's id."""
    thread_id = str(uuid4())
    aside.threads.adopt(thread_id)
    body = {"metadata": {"graph_id": "chain"}, "supersteps": supersteps, "thread_id": thread_id}
    expect(await aside.api.post("/threads", json=body), status)
    return thread_id


@requirement("THR-20")
async def test_supersteps_are_the_state_and_history_of_a_new_thread(aside: Runs, api: Api) -> None:
    nonce = new_nonce()
    entries = [{"nonce": nonce, "i": i, "token": 0} for i in range(2)]
    supersteps = [
        make_step("begin", nonce=nonce, steps=3, i=0),
        make_step("step", i=1, log=entries[:1]),
        make_step("step", i=2, log=entries[1:]),
    ]
    thread_id = await create_thread(aside, supersteps, 200)
    latest = await read_state(api, thread_id)
    same("the ledger, merged by its reducer", latest["values"]["log"], entries)
    same("next", latest["next"], ["step"])
    same("values of the thread", await read_thread_values(api, thread_id), latest["values"])
    counts = [each["values"]["i"] for each in await read_history(api, thread_id)]
    same("i in the history, newest first", counts, [2, 1, 0])


@requirement("THR-20")
async def test_a_run_goes_on_from_given_supersteps(aside: Runs, api: Api) -> None:
    nonce = new_nonce()
    supersteps = [make_step("begin", nonce=nonce, steps=2, i=0), make_step("step", i=1)]
    thread_id = await create_thread(aside, supersteps, 200)
    _, values = await aside.wait(thread_id, "chain", None)
    same("steps of the run", [each["i"] for each in values["log"]], [1])


@requirement("THR-20")
async def test_a_refused_superstep_leaves_the_thread_and_tells(aside: Runs, api: Api) -> None:
    thread_id = await create_thread(aside, [make_step("nobody", i=1)], 201)
    same("the thread", (await read_thread(api, thread_id))["thread_id"], thread_id)
    same("its values", (await read_state(api, thread_id))["values"], {})
