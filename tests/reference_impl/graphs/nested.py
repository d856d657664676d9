"""A graph in a graph in a graph, for drawings and subgraph schemas."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    text: str


def _around(name: str, node: Any) -> CompiledStateGraph:
    builder = StateGraph(State).add_node(name, node)
    return builder.add_edge(START, name).add_edge(name, END).compile()


graph = _around("outer", _around("middle", _around("inner", lambda state: state)))
