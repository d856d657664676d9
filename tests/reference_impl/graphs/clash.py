"""Two nodes write one key in one super-step, which LangGraph refuses once both are done."""

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    clash: bool
    key: str


def write(name: str, state: State) -> State:
    return {"key": name} if state.get("clash") or name == "one" else {}


builder = StateGraph(State)
builder.add_node("one", lambda state: write("one", state))
builder.add_node("two", lambda state: write("two", state))
builder.add_edge(START, "one")
builder.add_edge(START, "two")
graph = builder.compile()
