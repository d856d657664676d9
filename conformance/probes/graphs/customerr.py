"""customerr: a node that raises an exception class nobody else knows.

Input: nonce, message="a secret of the probe".
"""

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class ProbeError(Exception):
    """Known to this file alone, so a server cannot have it on a list."""


class State(TypedDict, total=False):
    nonce: str
    message: str


async def fail(state: State) -> State:
    raise ProbeError(state.get("message", "a secret of the probe"))


builder = StateGraph(State)
builder.add_node(fail)
builder.add_edge(START, "fail")
graph = builder.compile()
