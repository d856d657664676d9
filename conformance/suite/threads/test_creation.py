"""Creating threads, also when several clients create the same one at once."""

import asyncio
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import (
    UUID,
    expect,
    expect_refusal,
    expect_values,
    same,
)
from onceproof.conformance.suite.kit.reads import Observed, read_thread
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

AT_ONCE = 16


@requirement("THR-01")
async def test_a_new_thread_is_idle_and_empty(runs: Runs, api: Api, observe: Observed) -> None:
    metadata = {"marker": uuid4().hex, "nested": {"a": [1, None]}}
    made = expect(await api.post("/threads", json={"metadata": metadata}))
    runs.threads.adopt(made["thread_id"])
    assert UUID.fullmatch(made["thread_id"]), f"{made['thread_id']!r} should be a UUID"
    same("status", made["status"], "idle")
    expect_values("metadata", made["metadata"], metadata)
    same("values", made["values"] or {}, {})
    observe(f"values of a new thread: {made['values']}")
    same("the thread when read", await read_thread(api, made["thread_id"]), made)


@requirement("THR-01")
async def test_threads_made_without_an_id_differ(runs: Runs) -> None:
    ids = await asyncio.gather(*(runs.new_thread() for _ in range(AT_ONCE)))
    same("the number of different ids", len(set(ids)), AT_ONCE)


@requirement("THR-02")
async def test_a_given_thread_id_is_taken(runs: Runs, api: Api) -> None:
    thread_id = str(uuid4())
    same("thread_id", await runs.new_thread(thread_id=thread_id), thread_id)
    same("thread_id when read", (await read_thread(api, thread_id))["thread_id"], thread_id)


@requirement("THR-02")
@pytest.mark.parametrize("body", [{"if_exists": "raise"}, {}], ids=["raise", "default"])
async def test_a_taken_thread_id_is_refused(runs: Runs, api: Api, body: dict[str, str]) -> None:
    thread_id = await runs.new_thread(metadata={"made": "first"})
    before = await read_thread(api, thread_id)
    again = {"thread_id": thread_id, "metadata": {"made": "again"}, **body}
    expect_refusal(await api.post("/threads", json=again), 409)
    same("the thread afterwards", await read_thread(api, thread_id), before)


@requirement("THR-02")
async def test_do_nothing_answers_the_thread_that_exists(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread(metadata={"made": "first"})
    before = await read_thread(api, thread_id)
    again = {"thread_id": thread_id, "metadata": {"made": "again"}, "if_exists": "do_nothing"}
    same("the answer", expect(await api.post("/threads", json=again)), before)
    same("the thread afterwards", await read_thread(api, thread_id), before)


@requirement("THR-03")
@pytest.mark.parametrize(("if_exists", "successes"), [("raise", 1), ("do_nothing", AT_ONCE)])
async def test_parallel_creations_make_one_thread(
    runs: Runs, api: Api, if_exists: str, successes: int
) -> None:
    thread_id = str(uuid4())
    runs.threads.adopt(thread_id)
    body = {"thread_id": thread_id, "if_exists": if_exists}
    responses = await asyncio.gather(
        *(api.post("/threads", json=body | {"metadata": {"by": n}}) for n in range(AT_ONCE))
    )
    made = [response.json() for response in responses if response.is_success]
    for response in responses:
        expect(response, 200, 409)
    same(f"the number of successes under {if_exists}", len(made), successes)
    kept = await read_thread(api, thread_id)
    for each in made:
        same(
            "what a creation returned",
            (each["thread_id"], each["metadata"]),
            (thread_id, kept["metadata"]),
        )
