"""command: a node that decides with a Command where to go and what to write.

Input: nonce, to=["left"] (any of "left", "right"; none ends the run). State: `log` names the
nodes that have run: route, then those in `to`.
"""

from operator import add
from typing import Annotated, Literal

from langgraph.graph import START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    to: list[Literal["left", "right"]]
    log: Annotated[list[str], add]


async def route(state: State) -> Command[Literal["left", "right"]]:
    default: list[Literal["left", "right"]] = ["left"]
    return Command(goto=state.get("to", default), update={"log": ["route"]})


async def left(state: State) -> State:
    return {"log": ["left"]}


async def right(state: State) -> State:
    return {"log": ["right"]}


builder = StateGraph(State)
builder.add_node(route)
builder.add_node(left)
builder.add_node(right)
builder.add_edge(START, "route")
graph = builder.compile()
