"""chain: `steps` executions of one node, each in a super-step of its own.

Input: nonce, steps=3, sleep_ms=0 (in each step), size=0 (characters each step leaves in `pad`),
sink, log=[]. Sink: step 0..steps-1 with effect key str(step). State: `log` grows by one
{nonce, i, token} a step and is kept over the runs of a thread, so it is a ledger of them.
History of a run: steps + 3 checkpoints (the input, `begin`, and the super-step after each).
"""

import sys
from operator import add
from pathlib import Path
from typing import Annotated

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import Json, report_execution


class State(TypedDict, total=False):
    nonce: str
    steps: int
    i: int
    sleep_ms: int
    size: int
    pad: str
    sink: str | None
    log: Annotated[list[Json], add]


async def begin(state: State) -> State:
    """Start at 0: the thread may remember where an earlier run of it ended."""
    return {"i": 0, "pad": ""}


async def step(state: State) -> State:
    i = state["i"]
    async with report_execution(state, step=i) as execution:
        await execution.pause(state.get("sleep_ms", 0))
        await execution.effect(str(i))
    entry = {"nonce": state["nonce"], "i": i, "token": execution.token}
    return {"i": i + 1, "log": [entry], "pad": "x" * state.get("size", 0)}


def more(state: State) -> str:
    return "step" if state["i"] < state.get("steps", 3) else END


builder = StateGraph(State)
builder.add_node(begin)
builder.add_node(step)
builder.add_edge(START, "begin")
builder.add_conditional_edges("begin", more, ["step", END])
builder.add_conditional_edges("step", more, ["step", END])
graph = builder.compile()
