"""exits: a node that raises what is not an `Exception`.

Input: nonce, how = "exit" (`sys.exit`), "interrupt" (KeyboardInterrupt) or "cancel"
(CancelledError),
plain=false: whether the node is a plain function. State: `passed` is true before.
"""

import asyncio
import sys
from typing import Literal

from langgraph.graph import START, StateGraph
from langgraph.types import Command
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    how: str
    plain: bool
    passed: bool


def leave(how: str | None) -> None:
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "cancel":
        raise asyncio.CancelledError
    sys.exit("the input is bad")


async def begin(state: State) -> Command[Literal["leave_plain", "leave_async"]]:
    leaving: Literal["leave_plain", "leave_async"] = (
        "leave_plain" if state.get("plain") else "leave_async"
    )
    return Command(update={"passed": True}, goto=leaving)


def leave_plain(state: State) -> None:
    leave(state.get("how"))


async def leave_async(state: State) -> None:
    leave(state.get("how"))


builder = StateGraph(State)
builder.add_node(begin)
builder.add_node(leave_plain)
builder.add_node(leave_async)
builder.add_edge(START, "begin")
graph = builder.compile()
