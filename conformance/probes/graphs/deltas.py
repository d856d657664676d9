"""deltas: a log in a delta channel, whose checkpoints hold what was added and not what is there.

Input: nonce. Each run adds one entry, "0", "1" and so on. State: `log`. With a LangGraph that has
no delta channels yet it is an ordinary channel with a reducer.
"""

from collections.abc import Sequence
from operator import add
from typing import Annotated, Any

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

try:
    from langgraph.channels.delta import DeltaChannel
except ImportError:
    DeltaChannel = None  # type: ignore[assignment, misc]


def extend(so_far: list[str] | None, writes: Sequence[list[str]]) -> list[str]:
    return [*(so_far or []), *(entry for write in writes for entry in write)]


channel: Any = add if DeltaChannel is None else DeltaChannel(extend)


class State(TypedDict, total=False):
    nonce: str
    log: Annotated[list[str], channel]


def note(state: State) -> State:
    return {"log": [str(len(state.get("log") or []))]}


builder = StateGraph(State)
builder.add_node(note)
builder.add_edge(START, "note")
graph = builder.compile()
