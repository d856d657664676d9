"""A state that its schema refuses fails in the node that should take it, and nowhere else."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_config
from langgraph.graph import START, StateGraph
from langgraph.pregel import Pregel
from pydantic import BaseModel, Field, ValidationError
from typing_extensions import TypedDict

from onceproof.reference_impl.core.unfit import contain_unfit_state

pytestmark = pytest.mark.anyio

CONFIG: Any = {"configurable": {"thread_id": "t"}}


class State(BaseModel):
    count: int = Field(ge=0)
    seen: str = ""


class Loose(TypedDict, total=False):
    count: int
    seen: str


def look(state: State) -> Loose:
    return {"seen": f"{type(state).__name__} in {get_config()['configurable']['thread_id']}"}


def strict() -> StateGraph[Any, Any, Any, Any]:
    builder = StateGraph(State)
    builder.add_node(look)
    builder.add_edge(START, "look")
    return builder


def contain(builder: StateGraph[Any, Any, Any, Any]) -> Pregel:
    return contain_unfit_state(builder.compile(checkpointer=InMemorySaver()))


async def test_a_state_that_does_not_fit_can_be_read_and_replaced() -> None:
    graph = contain(strict())
    with pytest.raises(ValidationError, match="count"):
        await graph.ainvoke({"count": -1}, CONFIG)

    snapshot = await graph.aget_state(CONFIG)
    assert (snapshot.values["count"], snapshot.next) == (-1, ("look",))
    assert await graph.ainvoke({"count": 1}, CONFIG) == {"count": 1, "seen": "State in t"}


async def test_langgraph_alone_can_do_neither() -> None:
    """Once it can, what is tested here is not needed any more."""
    graph = strict().compile(checkpointer=InMemorySaver())
    for attempt in (graph.ainvoke({"count": -1}, CONFIG), graph.ainvoke({"count": 1}, CONFIG)):
        with pytest.raises(ValidationError):
            await attempt
    with pytest.raises(ValidationError):
        await graph.aget_state(CONFIG)


async def test_a_subgraph_that_is_given_such_a_state_can_be_read_too() -> None:
    builder = StateGraph(Loose)
    builder.add_node("inner", strict().compile())
    builder.add_edge(START, "inner")
    graph = contain(builder)
    with pytest.raises(ValidationError, match="count"):
        await graph.ainvoke({"count": -1}, CONFIG)

    (task,) = (await graph.aget_state(CONFIG, subgraphs=True)).tasks
    assert task.state is not None
    assert (await graph.ainvoke({"count": 2}, CONFIG))["seen"] == "State in t"


async def test_a_subgraph_streams_as_ever() -> None:
    builder = StateGraph(State)
    builder.add_node("inner", strict().compile())
    builder.add_edge(START, "inner")
    parts = [
        (len(namespace), part)
        async for namespace, part in contain(builder).astream(
            {"count": 1}, CONFIG, stream_mode="updates", subgraphs=True
        )
    ]

    assert parts == [
        (1, {"look": {"seen": "State in t"}}),
        (0, {"inner": {"count": 1, "seen": "State in t"}}),
    ]


def test_a_graph_whose_schema_refuses_nothing_is_left_alone() -> None:
    builder = StateGraph(Loose)
    builder.add_node("rest", lambda state: {})
    builder.add_edge(START, "rest")
    graph = builder.compile()

    assert contain_unfit_state(graph) is graph


def test_nodes_of_one_schema_still_share_their_input() -> None:
    builder = strict()
    builder.add_node("again", look)
    builder.add_edge("look", "again")
    nodes = contain(builder).nodes

    assert nodes["look"].input_cache_key == nodes["again"].input_cache_key
