"""crash: kills its own process, without a chance to clean up, the first `attempts` times.

Input: nonce, sink, attempts=1. The sink is required: it counts the executions, which no state
survives to do. Sink: steps "before", "crash" and "after", each with its name as effect key; the
executions of "crash" that die give no sign but `begin`. State: `log` of {nonce, i, token}.
"""

import os
import signal
import sys
from operator import add
from pathlib import Path
from typing import Annotated

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import Json, report_execution


class State(TypedDict, total=False):
    nonce: str
    sink: str | None
    attempts: int
    log: Annotated[list[Json], add]


async def step(state: State, name: str) -> State:
    async with report_execution(state, step=name) as execution:
        if name == "crash" and execution.executions <= state.get("attempts", 1):
            os.kill(os.getpid(), signal.SIGKILL)
        await execution.effect(name)
    return {"log": [{"nonce": state["nonce"], "i": name, "token": execution.token}]}


async def before(state: State) -> State:
    if not state.get("sink"):
        raise ValueError("crash needs a sink in its input: without one it would crash for ever")
    return await step(state, "before")


async def crash(state: State) -> State:
    return await step(state, "crash")


async def after(state: State) -> State:
    return await step(state, "after")


builder = StateGraph(State)
builder.add_sequence([before, crash, after])
builder.add_edge(START, "before")
graph = builder.compile()
