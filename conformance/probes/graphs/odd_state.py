"""odd_state: state that JSON does not have, or that no other process could have.

Input: nonce, what = "keys" (a dict with keys that are a tuple, bytes and a number) or "function".
State: `odd` is that; `passed` is true before.
"""

from typing import Any

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    what: str
    passed: bool
    odd: Any


def begin(state: State) -> State:
    return {"passed": True}


def make(state: State) -> State:
    if state.get("what") == "function":
        return {"odd": lambda: None}
    return {"odd": {(1, 2): "tuple", b"k": "bytes", 7: "number"}}


builder = StateGraph(State)
builder.add_sequence([begin, make])
builder.add_edge(START, "begin")
graph = builder.compile()
