"""`client.runs` without its streams, method by method."""

from typing import Any

import pytest
from langgraph_sdk.errors import NotFoundError

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.wire.handles import new_nonce

LONG = {"steps": 600, "sleep_ms": 100}


def make_input(**more: Any) -> dict[str, Any]:
    """Make an input with a nonce of its own."""
    return {"nonce": new_nonce(), **more}


@requirement("SDK-01", "SDK-02")
async def test_create_join_get_list_and_delete(client: Any, thread_id: str) -> None:
    runs, asked = client.runs, make_input(steps=2)
    reports: list[Any] = []
    run = await runs.create(thread_id, "chain", input=asked, on_run_created=reports.append)
    same("reported run", [each["run_id"] for each in reports], [run["run_id"]])
    values = await runs.join(thread_id, run["run_id"])
    same("nonce in the result", values["nonce"], asked["nonce"])
    shown = await runs.get(thread_id, run["run_id"])
    same("status", shown["status"], "success")
    listed = await runs.list(thread_id, limit=5, status="success")
    same("runs listed", [each["run_id"] for each in listed], [run["run_id"]])
    same("answer to a delete", await runs.delete(thread_id, run["run_id"]), None)
    same("runs listed", await runs.list(thread_id), [])


@requirement("SDK-01", "SDK-02")
async def test_wait_on_a_thread_and_without_one(client: Any, thread_id: str) -> None:
    for where in (thread_id, None):
        asked = make_input(text="wait")
        values = await client.runs.wait(where, "echo", input=asked, metadata={"sdk": "wait"})
        same("nonce in the result", values["nonce"], asked["nonce"])


@requirement("SDK-01", "SDK-02")
async def test_wait_raises_what_the_graph_raised_unless_told_not_to(
    client: Any, thread_id: str
) -> None:
    asked = make_input(message="a failure of the probe")
    with pytest.raises(Exception, match="ValueError: a failure of the probe"):
        await client.runs.wait(thread_id, "fail", input=asked)
    values = await client.runs.wait(thread_id, "fail", input=asked, raise_error=False)
    same("reported error", values["__error__"]["error"], "ValueError")


@requirement("SDK-01", "SDK-02")
async def test_a_command_resumes_an_interrupted_thread(client: Any, thread_id: str) -> None:
    asked = await client.runs.wait(thread_id, "hitl", input=make_input(question="who?"))
    same("question", asked["__interrupt__"][0]["value"], {"question": "who?"})
    values = await client.runs.wait(thread_id, "hitl", command={"resume": "me"})
    same("answer in the result", values["answer"], "me")


@requirement("SDK-01", "SDK-02")
async def test_create_batch(client: Any) -> None:
    payloads = [{"assistant_id": "echo", "input": make_input(text=str(n))} for n in range(3)]
    made = await client.runs.create_batch(payloads)
    same("runs created", len({run["run_id"] for run in made}), len(payloads))


@requirement("SDK-01", "SDK-02")
async def test_cancel_and_cancel_many(client: Any, thread_id: str) -> None:
    runs = client.runs
    first = await runs.create(thread_id, "chain", input=make_input(**LONG))
    await runs.cancel(thread_id, first["run_id"], wait=True)
    same("status", (await runs.get(thread_id, first["run_id"]))["status"], "interrupted")
    undone = await runs.create(thread_id, "chain", input=make_input(**LONG))
    await runs.cancel(thread_id, undone["run_id"], wait=True, action="rollback")
    with pytest.raises(NotFoundError):
        await runs.get(thread_id, undone["run_id"])
    last = await runs.create(thread_id, "chain", input=make_input(**LONG))
    await runs.cancel_many(thread_id=thread_id, run_ids=[last["run_id"]])
    await runs.join(thread_id, last["run_id"])
    same("status", (await runs.get(thread_id, last["run_id"]))["status"], "interrupted")
