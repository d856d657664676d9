"""big: one custom event and one state value of `size` characters each.

Input: nonce, size=1000000. Event as in `ticks`, with total 1. State: `blob` and `h`.
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
    size: int
    blob: str
    h: str


async def swell(state: State) -> State:
    size = state.get("size", 1_000_000)
    event = NumberedEvents(get_stream_writer(), state["nonce"], total=1, size=size)
    event.emit()
    return {"size": size, "blob": "x" * size, "h": event.h}


builder = StateGraph(State)
builder.add_node(swell)
builder.add_edge(START, "swell")
graph = builder.compile()
