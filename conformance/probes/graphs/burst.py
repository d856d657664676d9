"""burst: `total` numbered custom events without a pause in between, then one state write.

Input: nonce, total=100, size=0. The node never yields while it writes, so events and the state
write reach the server as one lump: the place where a buffer drops, reorders or cuts off.
Events as in `ticks`. State: total and `h`, the hash of the last event.
"""

import sys
from pathlib import Path

from langgraph.config import get_stream_writer
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import NumberedEvents


class State(TypedDict, total=False):
    nonce: str
    total: int
    size: int
    h: str


async def burst(state: State) -> State:
    total = state.get("total", 100)
    write = get_stream_writer()
    events = NumberedEvents(write, state["nonce"], total, size=state.get("size", 0))
    for _ in range(total):
        events.emit()
    return {"total": total, "h": events.h}


builder = StateGraph(State)
builder.add_node(burst)
builder.add_edge(START, "burst")
graph = builder.compile()
