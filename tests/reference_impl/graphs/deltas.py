"""A graph whose log is a delta channel: its checkpoints hold what was added, not what is there."""

from collections.abc import Sequence
from typing import Annotated

from langgraph.channels.delta import DeltaChannel
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


def extend(so_far: list[str] | None, writes: Sequence[list[str]]) -> list[str]:
    return [*(so_far or []), *(item for write in writes for item in write)]


class State(TypedDict, total=False):
    log: Annotated[list[str], DeltaChannel(extend)]


def note(state: State) -> State:
    return {"log": [f"a{len(state.get('log', []))}"]}


builder = StateGraph(State)
builder.add_node(note)
builder.add_edge(START, "note")
graph = builder.compile()
