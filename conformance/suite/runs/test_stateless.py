"""Runs without a thread of the client."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import read_state
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: More threads than other clients create while a run of this test ends.
NEWEST = 100


@pytest.fixture
async def assistant_id(api: Api) -> AsyncIterator[str]:
    """An assistant of this test alone, by which the threads of its runs can be found."""
    made = expect(await api.post("/assistants", json={"graph_id": "chain"}))["assistant_id"]
    yield made
    await api.delete(f"/assistants/{made}")


async def find_threads(api: Api, assistant_id: str, nonce: str) -> list[str]:
    """Find threads by their assistant, or among the newest by the nonce in their state."""
    by_assistant = {"metadata": {"assistant_id": assistant_id}}
    newest = {"sort_by": "created_at", "sort_order": "desc", "limit": NEWEST}
    found = expect(await api.post("/threads/search", json=by_assistant))
    for thread in expect(await api.post("/threads/search", json=newest)):
        if (thread.get("values") or {}).get("nonce") == nonce:
            found.append(thread)
    return [thread["thread_id"] for thread in found]


@requirement("RUN-22")
async def test_the_thread_of_a_stateless_run_is_gone_once_it_has_ended(
    runs: Runs, sink: Sink, assistant_id: str
) -> None:
    handle = await runs.create(None, assistant_id, {"steps": 2})
    await sink.async_wait_for(handle.nonce, "end", 2)
    path = f"/threads/{handle.thread_id}"
    for at in range(len(runs.api.urls)):
        await expect_eventually(
            f"answer of replica {at}", partial(_read_status, runs, path, at), 404
        )
    same("threads of the run", await find_threads(runs.api, assistant_id, handle.nonce), [])


async def _read_status(runs: Runs, path: str, at: int) -> int:
    return (await runs.api.get(path, at=at)).status_code


@requirement("RUN-22")
async def test_a_stateless_wait_answers_and_leaves_no_thread(runs: Runs, assistant_id: str) -> None:
    handle, values = await runs.wait(None, assistant_id, {"steps": 2})
    log = [(entry["nonce"], entry["i"]) for entry in values["log"]]
    same("log", log, [(handle.nonce, 0), (handle.nonce, 1)])
    await expect_eventually(
        "the list of its threads",
        lambda: find_threads(runs.api, assistant_id, handle.nonce),
        [],
    )


@requirement("RUN-23")
async def test_a_stateless_run_can_keep_its_thread(runs: Runs) -> None:
    handle = await runs.create(None, "chain", {"steps": 2}, on_completion="keep")
    assert handle.thread_id is not None, "the created run names no thread"
    same("status", await runs.until_terminal(handle), "success")
    values = (await read_state(runs.api, handle.thread_id))["values"]
    same("finished steps", [entry["i"] for entry in values["log"]], [0, 1])
