"""load_echo: the least a run can do, for throughput.

Input: nonce, sink (if given, one message with key "0"). State: `log` gets {nonce, i: 0, token}.
"""

import sys
from operator import add
from pathlib import Path
from typing import Annotated

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import Json, once


class State(TypedDict, total=False):
    nonce: str
    sink: str | None
    log: Annotated[list[Json], add]


async def echo(state: State) -> State:
    token = await once(state, "0")
    return {"log": [{"nonce": state["nonce"], "i": 0, "token": token}]}


builder = StateGraph(State)
builder.add_node(echo)
builder.add_edge(START, "echo")
graph = builder.compile()
