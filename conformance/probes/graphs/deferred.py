"""deferred: branches of unequal length, and a node that is deferred until all of them are done.

Input: nonce, sleep_ms=0 (in each node but the last), sink. Sink: step 0 is the short branch, 1, 2
and 3 are the long one, 4 is the deferred node, each with effect key str(step). State: `log` names
the nodes in the order in which they returned; `seen` is what the deferred node found there.
"""

import sys
from operator import add
from pathlib import Path
from typing import Annotated

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    sleep_ms: int
    sink: str | None
    log: Annotated[list[str], add]
    seen: list[str]


async def short(state: State) -> State:
    return await work(state, 0, "short")


async def long1(state: State) -> State:
    return await work(state, 1, "long1")


async def long2(state: State) -> State:
    return await work(state, 2, "long2")


async def long3(state: State) -> State:
    return await work(state, 3, "long3")


async def work(state: State, step: int, name: str) -> State:
    async with report_execution(state, step=step) as execution:
        await execution.pause(state.get("sleep_ms", 0))
        await execution.effect(str(step))
    return {"log": [name]}


async def collect(state: State) -> State:
    async with report_execution(state, step=4) as execution:
        await execution.effect("4")
    return {"seen": state.get("log", [])}


builder = StateGraph(State)
builder.add_node(short)
builder.add_sequence([long1, long2, long3])
builder.add_node("collect", collect, defer=True)
builder.add_edge(START, "short")
builder.add_edge(START, "long1")
builder.add_edge("short", "collect")
builder.add_edge("long3", "collect")
graph = builder.compile()
