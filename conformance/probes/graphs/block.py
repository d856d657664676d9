"""block: one node that sleeps and lets nothing else run on its event loop.

Input: nonce, seconds=1, sink. Sink: step 0, no ping, effect key "0". State: `done`.
"""

import sys
import time
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


async def block(state: State) -> State:
    async with report_execution(state, step=0) as execution:
        time.sleep(state.get("seconds", 1))  # noqa: ASYNC251 - a graph that misbehaves like this
        await execution.effect("0")
    return {"done": True}


builder = StateGraph(State)
builder.add_node(block)
builder.add_edge(START, "block")
graph = builder.compile()
