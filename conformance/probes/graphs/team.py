"""team: an agent that sends its work to `n` subgraphs of two nodes, all in one super-step.

Input: nonce, n=3, sleep_ms=0 (in each node of the first subgraph, twice that in the second, and so
on), sink. Sink: steps 2k and 2k+1 are the two nodes of the k-th subgraph, with effect key
str(step). State: `results` has one entry {nonce, k, steps} of each subgraph, `done` says how many
this run merged.
"""

import sys
from operator import add
from pathlib import Path
from typing import Annotated

from langgraph.graph import START, StateGraph
from langgraph.types import Send
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import Json, report_execution


class Task(TypedDict, total=False):
    nonce: str
    k: int
    sleep_ms: int
    sink: str | None
    drafted: int


class Results(TypedDict, total=False):
    results: Annotated[list[Json], add]


class Member(Task, Results, total=False):
    """The state of a subgraph: its input, what it has drafted, and what it hands on."""


class State(TypedDict, total=False):
    nonce: str
    n: int
    sleep_ms: int
    sink: str | None
    results: Annotated[list[Json], add]
    done: int


async def draft(state: Member) -> Member:
    return {"drafted": await work(state, 2 * state["k"])}


async def finish(state: Member) -> Member:
    steps = [state["drafted"], await work(state, 2 * state["k"] + 1)]
    return {"results": [{"nonce": state["nonce"], "k": state["k"], "steps": steps}]}


async def work(state: Member, step: int) -> int:
    async with report_execution(state, step=step) as execution:
        await execution.pause(state.get("sleep_ms", 0) * (state["k"] + 1))
        await execution.effect(str(step))
    return step


async def plan(state: State) -> State:
    return {"done": 0}


def send(state: State) -> list[Send]:
    common = {
        "nonce": state["nonce"],
        "sleep_ms": state.get("sleep_ms", 0),
        "sink": state.get("sink"),
    }
    return [Send("member", {**common, "k": k}) for k in range(state.get("n", 3))]


async def collect(state: State) -> State:
    own = [result for result in state.get("results", []) if result["nonce"] == state["nonce"]]
    return {"done": len(own)}


member = StateGraph(Member, input_schema=Task, output_schema=Results)
member.add_sequence([draft, finish])
member.add_edge(START, "draft")

builder = StateGraph(State)
builder.add_node(plan)
builder.add_node("member", member.compile())
builder.add_node(collect)
builder.add_edge(START, "plan")
builder.add_conditional_edges("plan", send, ["member"])
builder.add_edge("member", "collect")
graph = builder.compile()
