"""slow: one node that sleeps and lets others run.

Input: nonce, seconds=1, sink. Sink: step 0, a ping every 200 ms, effect key "0". State: `done`.
"""

import sys
from pathlib import Path

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    seconds: float
    sink: str | None
    done: bool


async def sleep(state: State) -> State:
    async with report_execution(state, step=0) as execution:
        await execution.pause(state.get("seconds", 1) * 1000)
        await execution.effect("0")
    return {"done": True}


builder = StateGraph(State)
builder.add_node(sleep)
builder.add_edge(START, "sleep")
graph = builder.compile()
