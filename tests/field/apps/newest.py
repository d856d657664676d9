"""A delta channel, a deferred node, a cached node, and a set in the state."""

from time import sleep
from typing import Annotated, Any

from langgraph.channels.delta import DeltaChannel
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict


def extend(old: list[str], new: list[list[str]]) -> list[str]:
    return [*old, *(each for one in new for each in one)]


class State(TypedDict):
    name: str
    seconds: float
    log: Annotated[list[str], DeltaChannel(extend)]
    tags: set[str]
    total: int


def quick(state: State) -> dict[str, Any]:
    return {"log": ["quick"], "tags": {"one", "two", state["name"]}}


def slow(state: State) -> dict[str, Any]:
    sleep(state.get("seconds") or 0)
    return {"log": ["slow"]}


def slower(state: State) -> dict[str, Any]:
    return {"log": ["slower"]}


def collect(state: State) -> dict[str, Any]:
    return {"total": len(state["log"]), "log": ["collected"]}


builder = StateGraph(State)
builder.add_node("quick", quick)
builder.add_node("slow", slow)
builder.add_node("slower", slower)
builder.add_node("collect", collect, defer=True)
builder.add_edge(START, "quick")
builder.add_edge(START, "slow")
builder.add_edge("slow", "slower")
builder.add_edge("quick", "collect")
builder.add_edge("slower", "collect")
builder.add_edge("collect", END)
graph = builder.compile()
