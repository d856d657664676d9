"""Interrupts: how a run asks, how the state shows the question, how a client answers."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_fields, expect_refusal, same
from onceproof.conformance.suite.kit.reads import read_state, read_thread_status
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@requirement("STA-14")
async def test_an_interrupt_ends_the_run_with_success(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle, answer = await runs.wait(thread_id, "hitl", {"question": "why?"})
    same("the run", await runs.status(handle), "success")
    same("the thread", await read_thread_status(api, thread_id), "interrupted")
    same(
        "values besides the interrupt", (answer["nonce"], answer["log"]), (handle.nonce, ["before"])
    )
    [interrupt] = answer["__interrupt__"]
    expect_fields("the interrupt", interrupt, ["id", "value"])
    same("its value", interrupt["value"], {"question": "why?"})
    assert isinstance(interrupt["id"], str), "the id of an interrupt should be a string"
    assert interrupt["id"], "the id of an interrupt should not be empty"


@requirement("STA-14")
async def test_join_of_an_interrupted_run_shows_the_interrupt_too(runs: Runs) -> None:
    handle, answer = await runs.wait(await runs.new_thread(), "hitl", {})
    joined = await runs.join(handle)
    asked = [
        [(each["id"], each["value"]) for each in body.pop("__interrupt__")]
        for body in (joined, answer)
    ]
    same("the interrupt in the answer of join", *asked)
    same("the values besides it", joined, answer)


@requirement("STA-14")
async def test_the_state_of_an_interrupted_thread_names_the_waiting_node(
    runs: Runs, api: Api
) -> None:
    thread_id = await runs.new_thread()
    _, answer = await runs.wait(thread_id, "hitl", {})
    shown = await read_state(api, thread_id)
    same("next", shown["next"], ["ask"])
    [task] = shown["tasks"]
    same("the waiting task", task["name"], "ask")
    same(
        "ids of its interrupts",
        [each["id"] for each in task["interrupts"]],
        [each["id"] for each in answer["__interrupt__"]],
    )


@requirement("STA-15")
@pytest.mark.parametrize(
    "value", ["yes", {"deep": [1, None, {"er": "ż"}]}, ["a", "b"], 0, False, ""], ids=repr
)
async def test_a_resume_value_reaches_the_waiting_node(runs: Runs, api: Api, value: Any) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl", {})
    handle, answer = await runs.wait(thread_id, "hitl", None, command={"resume": value})
    same("the resumed run", await runs.status(handle), "success")
    same("what the node got", answer.get("answer", "nothing"), value)
    same("nodes that have returned", answer["log"], ["before", "ask", "after"])
    same("the thread", await read_thread_status(api, thread_id), "idle")
    same("next", (await read_state(api, thread_id))["next"], [])


@requirement("STA-15")
async def test_a_thread_can_be_resumed_from_any_replica(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl", {}, at=0)
    last = len(api.urls) - 1
    _, answer = await runs.wait(thread_id, "hitl", None, command={"resume": "yes"}, at=last)
    same("what the node got", answer.get("answer"), "yes")


@requirement("STA-16")
@pytest.mark.parametrize("path", ["/runs", "/runs/wait", "/runs/stream"])
async def test_a_stateless_resume_is_refused(api: Api, path: str) -> None:
    body = {"assistant_id": "hitl", "command": {"resume": "yes"}}
    expect_refusal(await api.post(path, json=body), 400)


@requirement("STA-17")
async def test_parallel_interrupts_resume_from_one_map(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    _, asked = await runs.wait(thread_id, "hitl2", {})
    names = {each["id"]: each["value"]["question"] for each in asked["__interrupt__"]}
    same("the questions", sorted(names.values()), ["left", "right"])
    resume = {id: f"answer to {name}" for id, name in names.items()}
    _, answer = await runs.wait(thread_id, "hitl2", None, command={"resume": resume})
    want = {"left": "answer to left", "right": "answer to right"}
    same("the answers", answer["answers"], want)
    same("whether it went on", answer.get("closed"), True)
    same("the thread", await read_thread_status(api, thread_id), "idle")


@requirement("STA-21")
async def test_the_state_of_an_interrupted_subgraph_is_nested_on_request(
    runs: Runs, api: Api
) -> None:
    thread_id = await runs.new_thread()
    handle, _ = await runs.wait(thread_id, "nested_hitl", {})
    [task] = (await read_state(api, thread_id, subgraphs="true"))["tasks"]
    nested = task["state"]
    same(
        "its own values",
        (nested["values"].get("prepared"), nested["values"]["nonce"]),
        (True, handle.nonce),
    )
    same("next", nested["next"], ["ask"])
    assert nested["checkpoint"]["checkpoint_ns"].startswith("inner:"), (
        f"checkpoint_ns is {nested['checkpoint']['checkpoint_ns']!r}, but should name the subgraph"
    )
    [interrupted] = nested["tasks"]
    same("the waiting task", interrupted["name"], "ask")


@requirement("STA-21")
async def test_the_state_of_a_subgraph_is_left_out_otherwise(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "nested_hitl", {})
    [task] = (await read_state(api, thread_id))["tasks"]
    same("the nested state", task.get("state"), None)


@requirement("STA-15")
async def test_an_interrupt_in_a_subgraph_can_be_resumed(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "nested_hitl", {})
    _, answer = await runs.wait(thread_id, "nested_hitl", None, command={"resume": 42})
    same(
        "what the node got, and whether the graph went on",
        (answer["answer"], answer["left"]),
        (42, True),
    )
    same("the thread", await read_thread_status(api, thread_id), "idle")
