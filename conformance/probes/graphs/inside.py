"""inside: a graph that uses its own deployment: a client without a URL, and its own application.

It is not in langgraph.json, since it needs `own_app.py` as `http.app`.

Input: nonce, text. State: `answer`, the text that the graph `echo` answered to a run that the node
made; `opened`, the processes in which the lifespan of the application had opened its resources, as
the node saw them, which is this process alone where all is well; `pid` and `host`.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from langgraph.graph import START, StateGraph
from langgraph_sdk import get_client
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes.opened import OPENED


class State(TypedDict, total=False):
    nonce: str
    text: str
    answer: str
    opened: list[int]
    pid: int
    host: str


async def ask(state: State) -> State:
    given = {"nonce": state.get("nonce", ""), "text": state.get("text", "")}
    values: Any = await get_client().runs.wait(None, "echo", input=given)
    return {"answer": values.get("text", "")}


async def look(state: State) -> State:
    return {"opened": list(OPENED), "pid": os.getpid(), "host": socket.gethostname()}


asking = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()
looking = StateGraph(State).add_node(look).add_edge(START, "look").compile()
