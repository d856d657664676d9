"""hitl2: two questions at the same time, in one super-step.

Input: nonce. `left` and `right` interrupt with {"question": their name}. State: `answers` maps
each name to what it was resumed with; `closed` is true once both are there.
"""

from operator import or_
from typing import Annotated, Any

from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    answers: Annotated[dict[str, Any], or_]
    closed: bool


async def left(state: State) -> State:
    return {"answers": {"left": interrupt({"question": "left"})}}


async def right(state: State) -> State:
    return {"answers": {"right": interrupt({"question": "right"})}}


async def close(state: State) -> State:
    return {"closed": True}


builder = StateGraph(State)
builder.add_node(left)
builder.add_node(right)
builder.add_node(close)
builder.add_edge(START, "left")
builder.add_edge(START, "right")
builder.add_edge(["left", "right"], "close")
graph = builder.compile()
