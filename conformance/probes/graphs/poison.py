"""poison: a node that is bad for the process that executes it.

Input: nonce, sink, seconds=60, how =
"exit" (`sys.exit`), "kill" (`os._exit`), "unstorable" (a state that no other process could have),
"block" (nothing else runs on its event loop for `seconds`),
"deaf" (its cancellation is swallowed for `seconds`), or "nothing".
Sink: step 0 with effect key "0"; an execution that kills its process gives no sign but `begin`.
State: `done`, and `odd` in case of "unstorable".
"""

import asyncio
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    sink: str | None
    how: str
    seconds: float
    done: bool
    odd: Any


async def act(how: str, seconds: float) -> None:
    if how == "exit":
        sys.exit("the input is bad")
    if how == "kill":
        os._exit(9)
    if how == "block":
        time.sleep(seconds)  # noqa: ASYNC251 - a graph that misbehaves like this
    if how == "deaf":
        await sleep_deafly(seconds)


async def sleep_deafly(seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(min(left, 0.1))


async def poison(state: State) -> State:
    how = state.get("how", "nothing")
    async with report_execution(state, step=0) as execution:
        await act(how, state.get("seconds", 60))
        await execution.effect("0")
    return {"done": True, "odd": (lambda: None)} if how == "unstorable" else {"done": True}


builder = StateGraph(State)
builder.add_node(poison)
builder.add_edge(START, "poison")
graph = builder.compile()
