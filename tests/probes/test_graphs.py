"""The graphs about state, interrupts, schemas, configuration and the store."""

from types import SimpleNamespace
from typing import Any

import pytest
from langgraph.errors import GraphRecursionError
from langgraph.types import Command

from tests.probes.probe_host import Host

pytestmark = pytest.mark.anyio


async def test_echo_reveals_what_reached_the_graph(host: Host) -> None:
    user = SimpleNamespace(identity="ada", display_name="Ada", permissions=["read"], secret=1)
    config: Any = {
        "tags": ["blue"],
        "metadata": {"team": "a"},
        "configurable": {
            "thread_id": "t",
            "x-tenant": "acme",
            "langgraph_auth_user": user,
            "odd": object(),
            "__private": 1,
        },
    }
    given = {"nonce": "n1", "text": "hello"}
    context: Any = {"tenant": "acme"}
    result = await host.graph("echo").ainvoke(given, config, context=context)

    ada = {
        "identity": "ada",
        "display_name": "Ada",
        "is_authenticated": None,
        "permissions": ["read"],
    }
    assert (result["nonce"], result["text"]) == ("n1", "hello")
    assert result["config"]["tags"] == ["blue"]
    assert result["config"]["metadata"]["team"] == "a"
    configurable = result["config"]["configurable"]
    assert configurable["x-tenant"] == "acme"
    assert configurable["odd"] == "<object>"
    assert configurable["langgraph_auth_user"] == result["user"] == ada
    assert not [name for name in configurable if name.startswith("__")]
    assert result["context"] == {"tenant": "acme"}


async def test_echo_without_user_and_context_says_none(host: Host) -> None:
    result = await host.run("echo", {"nonce": "n1", "text": "hello"})

    assert (result["user"], result["context"]) == (None, None)


async def test_customerr_raises_a_class_of_its_own(host: Host) -> None:
    with pytest.raises(Exception, match="psst") as raised:
        await host.run("customerr", {"nonce": "n1", "message": "psst"})
    assert raised.type.__name__ == "ProbeError"
    assert raised.type.__mro__[1] is Exception


async def test_loop_ends_at_the_recursion_limit_alone(host: Host) -> None:
    config: Any = {"recursion_limit": 6, "configurable": {"thread_id": "t"}}
    with pytest.raises(GraphRecursionError):
        await host.graph("loop").ainvoke({"nonce": "n1"}, config)
    assert (await host.state("loop")).values["i"] == 6


async def test_hitl_asks_and_goes_on_with_the_answer(host: Host) -> None:
    asked = await host.run("hitl", {"nonce": "n1", "question": "sure?"})
    assert [one.value for one in asked["__interrupt__"]] == [{"question": "sure?"}]
    assert asked["log"] == ["before"]
    assert (await host.state("hitl")).next == ("ask",)

    result = await host.run("hitl", Command(resume={"yes": True}))
    assert (result["answer"], result["log"]) == ({"yes": True}, ["before", "ask", "after"])


async def test_hitl2_asks_both_at_once_and_takes_answers_by_id(host: Host) -> None:
    asked = (await host.run("hitl2", {"nonce": "n1"}))["__interrupt__"]
    assert sorted(one.value["question"] for one in asked) == ["left", "right"]

    answers = {one.id: one.value["question"].upper() for one in asked}
    result = await host.run("hitl2", Command(resume=answers))
    assert result["answers"] == {"left": "LEFT", "right": "RIGHT"}
    assert result["closed"] is True


async def test_nested_hitl_asks_from_inside_and_keeps_the_subgraph_state(host: Host) -> None:
    asked = await host.run("nested_hitl", {"nonce": "n1"})
    assert [one.value for one in asked["__interrupt__"]] == [{"question": "go on?"}]
    (task,) = (await host.state("nested_hitl", subgraphs=True)).tasks
    assert (task.name, task.state.values["prepared"]) == ("inner", True)

    result = await host.run("nested_hitl", Command(resume="fine"))
    assert (result["answer"], result["left"]) == ("fine", True)


@pytest.mark.parametrize("to", [["left"], ["right"], ["left", "right"], []])
async def test_command_goes_where_the_input_says(host: Host, to: list[str]) -> None:
    assert (await host.run("command", {"nonce": "n1", "to": to}))["log"] == ["route", *to]


async def test_wide_checks_itself_and_grows(host: Host) -> None:
    result = await host.run("wide", {"nonce": "n1", "rounds": 4, "size": 3})

    assert result["damaged"] == []
    assert (len(result["l4"]), len(result["d4"]), result["i"]) == (12, 12, 4)
    assert (result["s2"], result["sum1"], result["max0"]) == ("round 3", 10, 4)
    channels = [name for name in result if name[-1].isdigit()]
    assert len(channels) == 20


async def test_wide_names_a_channel_that_was_damaged(host: Host) -> None:
    graph = host.graph("wide")
    config: Any = {"configurable": {"thread_id": "t"}}
    given = {"nonce": "n1", "rounds": 3, "size": 3}
    await graph.ainvoke(given, config, interrupt_after=["widen"])
    await graph.aupdate_state(config, {"l2": [99]}, as_node="widen")

    assert (await graph.ainvoke(None, config))["damaged"] == ["l2", "l2"]


async def test_out_returns_its_output_schema_only(host: Host) -> None:
    result = await host.run("out", {"nonce": "n1", "text": "quiet"})

    assert result == {"nonce": "n1", "answer": "QUIET"}
    assert (await host.state("out")).values["scratch"] == "thinking about quiet"


async def test_messages_grow_by_one_a_run(host: Host) -> None:
    await host.run("messages", {"nonce": "n1", "text": "a"})
    result = await host.run("messages", {"nonce": "n2", "text": "b"})

    assert [(one.id, one.content) for one in result["messages"]] == [("n1", "a"), ("n2", "b")]


async def test_memory_puts_gets_and_searches_across_threads(host: Host) -> None:
    item = {"namespace": ["users", "ada"], "key": "k", "value": {"a": 1}}
    put = await host.run("memory", {"nonce": "n1", "op": "put", **item}, thread="a")
    get = await host.run("memory", {"nonce": "n2", "op": "get", **item}, thread="b")
    none = await host.run("memory", {"nonce": "n3", "op": "get", **item, "key": "x"}, thread="b")
    found = await host.run("memory", {"nonce": "n4", "op": "search", "namespace": ["users"]})

    assert (put["result"], get["result"], none["result"]) == (True, {"a": 1}, None)
    assert found["result"] == [item]
    assert host.store.get(("users", "ada"), "k") is not None


async def test_memory_names_an_operation_it_does_not_know(host: Host) -> None:
    with pytest.raises(ValueError, match="op is 'drop', but should be one of put, get, search"):
        await host.run("memory", {"nonce": "n1", "op": "drop", "namespace": ["a"]})
