"""newline: a subgraph whose name tries to end the line it is written on.

Input: nonce. Nodes: NAME(leaf). With subgraphs streamed, that name is part of event names, and a
server that writes it as it is sends an empty event that nobody emitted. State: `done`.
"""

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

NAME = "line\r\ndata\r\n\r\n"


class State(TypedDict, total=False):
    nonce: str
    done: bool


async def leaf(state: State) -> State:
    get_stream_writer()({"nonce": state["nonce"], "where": "leaf"})
    return {"done": True}


inner = StateGraph(State)
inner.add_node(leaf)
inner.add_edge(START, "leaf")

builder = StateGraph(State)
builder.add_node(NAME, inner.compile())
builder.add_edge(START, NAME)
graph = builder.compile()
