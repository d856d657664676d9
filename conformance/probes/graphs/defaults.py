"""defaults: a graph whose context has defaults.

Input: nonce. Context: model = "standard". State: `model`, as the node saw it.
"""

from dataclasses import dataclass

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from typing_extensions import TypedDict


@dataclass
class Context:
    model: str = "standard"


class State(TypedDict, total=False):
    nonce: str
    model: str


def look(state: State, runtime: Runtime[Context]) -> State:
    return {"model": runtime.context.model}


builder = StateGraph(State, context_schema=Context)
builder.add_node(look)
builder.add_edge(START, "look")
graph = builder.compile()
