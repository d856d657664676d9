"""ticks: `total` numbered custom events from one node, one after the other.

Input: nonce, total=10, sleep_ms=0 (before each event but the first), size=0 (padding of each),
sink. Events: {nonce, token, seq, total, h, pad?}. Sink: step 0 with effect key "0". State: total
and `h`, the hash of the last event.
"""

import asyncio
import sys
from pathlib import Path

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import NumberedEvents, report_execution

YIELD_EVERY = 16  # events without a sleep: often enough to be live, seldom enough to be fast


class State(TypedDict, total=False):
    nonce: str
    total: int
    sleep_ms: int
    size: int
    sink: str | None
    h: str


async def tick(state: State) -> State:
    total, sleep_ms = state.get("total", 10), state.get("sleep_ms", 0)
    async with report_execution(state, step=0) as execution:
        events = NumberedEvents(
            get_stream_writer(),
            state["nonce"],
            total,
            token=execution.token,
            size=state.get("size", 0),
        )
        for seq in range(total):
            if seq and sleep_ms:
                await execution.pause(sleep_ms)
            elif seq % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            events.emit()
        await execution.effect("0")
    return {"total": total, "h": events.h}


builder = StateGraph(State)
builder.add_node(tick)
builder.add_edge(START, "tick")
graph = builder.compile()
