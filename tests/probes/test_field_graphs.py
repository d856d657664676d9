"""The graphs that look like people's: tasks, deferred nodes, caches, retries, tools, subgraphs."""

from collections import Counter
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.types import Command

from onceproof.conformance.witness import Sink
from tests.probes.probe_host import Host, load

pytestmark = pytest.mark.anyio


async def test_tasks_are_not_executed_again_when_a_question_is_answered(
    host: Host, sink: Sink
) -> None:
    given = {"nonce": "n1", "ask": True, "sink": sink.url}
    asked = await host.run("functional", given)
    assert [one.value for one in asked["__interrupt__"]] == ["go on?"]

    result = await host.run("functional", Command(resume="yes"))

    assert result == {"nonce": "n1", "steps": [0, 1, 2], "answer": "yes", "before": 0}
    assert [one.step for one in sink.executions("n1")] == [0, 1, 2]


async def test_previous_is_what_was_saved_beside_the_result(host: Host) -> None:
    results = [await host.run("functional", {"nonce": f"n{k}", "steps": 1}) for k in range(3)]

    assert [result["before"] for result in results] == [0, 1, 2]


async def test_a_deferred_node_runs_once_after_the_longest_branch(host: Host, sink: Sink) -> None:
    result = await host.run("deferred", {"nonce": "n1", "sink": sink.url})

    assert Counter(one.step for one in sink.executions("n1")) == Counter(range(5))
    assert sink.executions("n1")[-1].step == 4
    assert sorted(result["seen"]) == ["long1", "long2", "long3", "short"]


async def test_a_cached_result_is_that_of_the_first_run_with_its_key(
    host: Host, sink: Sink
) -> None:
    graph = load("cached").graph
    runs = [("n1", "a"), ("n2", "a"), ("n3", "b")]
    results = [await graph.ainvoke({"nonce": n, "key": k, "sink": sink.url}) for n, k in runs]

    assert [result["by"] for result in results] == ["n1", "n1", "n3"]
    assert [len(sink.executions(nonce)) for nonce, _ in runs] == [1, 0, 1]


async def test_a_shaky_node_is_tried_again_by_itself(host: Host, sink: Sink) -> None:
    result = await host.run("retries", {"nonce": "n1", "sink": sink.url})

    assert Counter(one.step for one in sink.executions("n1")) == {0: 1, 1: 3, 2: 1, 3: 1}
    assert sorted(result["log"]) == ["after", "before", "beside", "shaky"]


async def test_a_node_that_fails_too_often_ends_its_run(host: Host, sink: Sink) -> None:
    with pytest.raises(Exception, match="execution 3 of 3 that fail") as raised:
        await host.run("retries", {"nonce": "n1", "failures": 3, "sink": sink.url})

    assert raised.type.__name__ == "Unlucky"
    assert Counter(one.step for one in sink.executions("n1")) == {0: 1, 1: 3, 2: 1}


async def test_the_agent_calls_a_tool_for_each_word_and_answers(host: Host, sink: Sink) -> None:
    given = {"nonce": "n1", "messages": [HumanMessage("a pound of tea")], "sink": sink.url}
    messages = (await host.run("tools", given))["messages"]

    kinds = [HumanMessage, AIMessage, *[ToolMessage] * 4, AIMessage]
    assert [type(message) for message in messages] == kinds
    assert [call["id"] for call in messages[1].tool_calls] == [f"n1-{k}" for k in range(4)]
    assert [message.content for message in messages[2:]] == ["1", "5", "2", "3", "done"]
    assert Counter(one.step for one in sink.executions("n1")) == Counter(range(4))


async def test_the_model_streams_its_tool_calls_in_parts(host: Host) -> None:
    given: Any = {"nonce": "n1", "messages": [HumanMessage("tea")]}
    parts = await host.stream("tools", given, stream_mode="messages")
    chunks = [chunk for chunk, _ in parts if getattr(chunk, "tool_call_chunks", None)]

    assert len({chunk.id for chunk in chunks}) == 1
    arguments = [call["args"] for chunk in chunks for call in chunk.tool_call_chunks]
    assert "".join(arguments) == '{"word": "tea"}'


async def test_the_team_runs_each_node_of_each_subgraph_once(host: Host, sink: Sink) -> None:
    result = await host.run("team", {"nonce": "n1", "n": 4, "sink": sink.url})

    assert Counter(one.step for one in sink.executions("n1")) == Counter(range(8))
    assert [entry["steps"] for entry in result["results"]] == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert result["done"] == 4


async def test_models_find_what_they_made(host: Host) -> None:
    await host.run("models", {"nonce": "n1"})
    result = await host.run("models", {"nonce": "n2"})

    page, animal = ["Page[Line]", "Line", "Money"], ["Dog", "Level", "date"]
    assert result["kinds"] == [*page, *animal, *page]


async def test_models_refuse_what_does_not_fit(host: Host) -> None:
    with pytest.raises(ValueError, match="count"):
        await host.run("models", {"nonce": "n1", "count": -1})
