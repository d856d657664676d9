"""plain: one step in a plain function, which occupies a thread until the sink lets it go on.

Input: nonce, sink. Sink: step 0 with effect key "0". State: `done`.
"""

import asyncio
import sys
from pathlib import Path

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    sink: str | None
    done: bool


def work(state: State) -> State:
    asyncio.run(step(state))
    return {"done": True}


async def step(state: State) -> None:
    async with report_execution(state, step=0) as execution:
        await execution.effect("0")


builder = StateGraph(State)
builder.add_node(work)
builder.add_edge(START, "work")
graph = builder.compile()
