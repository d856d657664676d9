"""Commands of a run: what to write, and where to go."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_state, read_thread_status
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

RIGHT = {"node": "right", "input": {}}


@pytest.fixture
async def thread_id(aside: Runs) -> str:
    """A thread on which `command` has finished, with route and left in its log."""
    made = await aside.new_thread()
    _, values = await aside.wait(made, "command", {"to": ["left"]})
    same("nodes that have run", values["log"], ["route", "left"])
    return made


@requirement("STA-19")
@pytest.mark.parametrize(
    ("goto", "nodes"),
    [
        ("right", ["right"]),
        (RIGHT, ["right"]),
        (["left", "right"], ["left", "right"]),
        ([RIGHT, RIGHT], ["right", "right"]),
        (["left", RIGHT], ["left", "right"]),
    ],
    ids=["name", "send", "names", "sends", "both"],
)
async def test_goto_decides_which_nodes_run(
    aside: Runs, api: Api, thread_id: str, goto: Any, nodes: list[str]
) -> None:
    handle, values = await aside.wait(thread_id, "command", None, command={"goto": goto})
    same("the run", await aside.status(handle), "success")
    same("the nodes that ran before", values["log"][:2], ["route", "left"])
    same("the nodes it went to", sorted(values["log"][2:]), nodes)
    same("the thread", await read_thread_status(api, thread_id), "idle")


@requirement("STA-19")
async def test_a_send_hands_its_own_input_to_the_node(aside: Runs) -> None:
    chain = await aside.new_thread()
    await aside.wait(chain, "chain", {"steps": 1})
    sent = {"nonce": "sent", "i": 5, "steps": 1}
    command = {"goto": {"node": "step", "input": sent}}
    _, values = await aside.wait(chain, "chain", None, command=command)
    last = values["log"][-1]
    same("the node's input", (last["nonce"], last["i"]), ("sent", 5))


@requirement("STA-19")
async def test_update_is_written_through_the_reducers(
    aside: Runs, api: Api, thread_id: str
) -> None:
    command = {"update": {"log": ["written"], "to": []}}
    await aside.wait(thread_id, "command", None, command=command)
    values = (await read_state(api, thread_id))["values"]
    same("log and to", (values["log"], values["to"]), (["route", "left", "written"], []))


@requirement("STA-19")
async def test_update_comes_before_the_nodes_that_goto_names(aside: Runs, thread_id: str) -> None:
    command = {"update": {"log": ["written"]}, "goto": "right"}
    _, values = await aside.wait(thread_id, "command", None, command=command)
    same("log", values["log"], ["route", "left", "written", "right"])


@requirement("STA-19")
async def test_update_is_written_together_with_a_resume(aside: Runs) -> None:
    asked = await aside.new_thread()
    await aside.wait(asked, "hitl", {})
    command = {"resume": "yes", "update": {"question": "rewritten"}}
    _, values = await aside.wait(asked, "hitl", None, command=command)
    same("question and answer", (values["question"], values["answer"]), ("rewritten", "yes"))
