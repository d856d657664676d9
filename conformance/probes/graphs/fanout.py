"""fanout: `n` tasks sent out in one super-step, merged by a reducer.

Input: nonce, n=10, sleep_ms=0 (in each task), sink. Sink: step k in 0..n-1 with effect key
str(k). State: `results` holds {nonce, k, token} of each task, `done` how many this run merged.
"""

import sys
from operator import add
from pathlib import Path
from typing import Annotated, Literal

from langgraph.graph import START, StateGraph
from langgraph.types import Send
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import Json, report_execution


class State(TypedDict, total=False):
    nonce: str
    n: int
    sleep_ms: int
    sink: str | None
    results: Annotated[list[Json], add]
    done: int


class Task(TypedDict):
    nonce: str
    k: int
    sleep_ms: int
    sink: str | None


async def plan(state: State) -> State:
    return {"done": 0}


def send(state: State) -> list[Send | Literal["collect"]]:
    common = {
        "nonce": state["nonce"],
        "sleep_ms": state.get("sleep_ms", 0),
        "sink": state.get("sink"),
    }
    return [Send("work", {**common, "k": k}) for k in range(state.get("n", 10))] or ["collect"]


async def work(state: Task) -> State:
    k = state["k"]
    async with report_execution(state, step=k) as execution:
        await execution.pause(state["sleep_ms"])
        await execution.effect(str(k))
    return {"results": [{"nonce": state["nonce"], "k": k, "token": execution.token}]}


async def collect(state: State) -> State:
    own = [result for result in state.get("results", []) if result["nonce"] == state["nonce"]]
    return {"done": len(own)}


builder = StateGraph(State)
builder.add_node(plan)
builder.add_node(work)
builder.add_node(collect)
builder.add_edge(START, "plan")
builder.add_conditional_edges("plan", send, ["work", "collect"])
builder.add_edge("work", "collect")
graph = builder.compile()
