"""nested: a graph in a graph in a graph.

Input: nonce. Nodes: enter -> inner(first -> core(leaf)) -> leave. `leaf` writes the custom event
{"nonce", "where": "leaf"}. State: `log` names the nodes that have run: enter, first, leaf, leave.
"""

from operator import add
from typing import Annotated

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    log: Annotated[list[str], add]


class InnerState(TypedDict, total=False):
    """Has a log of its own that only grows: what it returns is what it ran."""

    nonce: str
    log: list[str]


async def enter(state: State) -> State:
    return {"log": ["enter"]}


async def leave(state: State) -> State:
    return {"log": ["leave"]}


async def first(state: InnerState) -> InnerState:
    return {"log": ["first"]}


async def leaf(state: InnerState) -> InnerState:
    get_stream_writer()({"nonce": state["nonce"], "where": "leaf"})
    return {"log": [*state["log"], "leaf"]}


core = StateGraph(InnerState)
core.add_node(leaf)
core.add_edge(START, "leaf")

inner = StateGraph(InnerState)
inner.add_node(first)
inner.add_node("core", core.compile())
inner.add_edge(START, "first")
inner.add_edge("first", "core")

builder = StateGraph(State)
builder.add_node(enter)
builder.add_node("inner", inner.compile())
builder.add_node(leave)
builder.add_edge(START, "enter")
builder.add_edge("enter", "inner")
builder.add_edge("inner", "leave")
graph = builder.compile()
