"""loop: a node that leads to itself for ever, until the recursion limit stops it.

Input: nonce. State: `i`, how often it went round.
"""

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    i: int


async def again(state: State) -> State:
    return {"i": state.get("i", 0) + 1}


builder = StateGraph(State)
builder.add_node(again)
builder.add_edge(START, "again")
builder.add_edge("again", "again")
graph = builder.compile()
