"""An application with four faults of its own, each behind a topic."""

import sys
import threading
import time
from typing import Any

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict


class Prices(dict[str, int]):
    """What things cost; as a dict of its own it forgets what it is on the way to the database."""

    def total(self) -> int:
        return sum(self.values())


class State(TypedDict, total=False):
    topic: str
    prices: Prices
    lock: Any
    total: int


def collect(state: State) -> State:
    return {"prices": Prices(bread=3, milk=2)}


async def wait(state: State) -> State:
    if state.get("topic") == "blocking":
        time.sleep(30)  # noqa: ASYNC251
    return {}


def reserve(state: State) -> State:
    return {"lock": threading.Lock()} if state.get("topic") == "reserved" else {}


def finish(state: State) -> State:
    if state.get("topic") == "leaving":
        sys.exit(3)
    return {"total": len(state["prices"])}


builder = StateGraph(State)
for node in (collect, wait, reserve, finish):
    builder.add_node(node)
builder.add_edge(START, "collect")
builder.add_edge("collect", "wait")
builder.add_edge("wait", "reserve")
builder.add_edge("reserve", "finish")
builder.add_edge("finish", END)
graph = builder.compile()
