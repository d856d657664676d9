"""questions: one node that asks two questions, one after the other.

Input: nonce. The node interrupts with "first", then with "second". State: `answers` to both.
"""

from typing import Any

from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    answers: list[Any]


def ask(state: State) -> State:
    return {"answers": [interrupt("first"), interrupt("second")]}


builder = StateGraph(State)
builder.add_node(ask)
builder.add_edge(START, "ask")
graph = builder.compile()
