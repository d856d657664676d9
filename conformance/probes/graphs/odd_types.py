"""types: values in the state that JSON or a checkpoint may lose.

Input: nonce. State: text, moment, raw, tags, nan, infinity, minus_infinity, big, uuid, amount,
nested; and `kept`, which names those that were still the same when this run began: none on a
new thread, all of them on a thread that has run it before (but for `nested` on a server that
restricts what a checkpoint may load, as LANGGRAPH_STRICT_MSGPACK does).
"""

import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes.odd import Outer, odd_values, same


class State(TypedDict, total=False):
    nonce: str
    text: str
    moment: datetime
    raw: bytes
    tags: set[str]
    nan: float
    infinity: float
    minus_infinity: float
    big: int
    uuid: UUID
    amount: Decimal
    nested: Outer
    kept: list[str]


async def make(state: State) -> Mapping[str, Any]:
    values = odd_values()
    kept = [name for name, value in values.items() if same(state.get(name), value)]
    return {**values, "kept": kept}


builder = StateGraph(State)
builder.add_node(make)
builder.add_edge(START, "make")
graph = builder.compile()
