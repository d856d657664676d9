"""nested_hitl: a question to a human from inside a subgraph.

Input: nonce, question="go on?". Nodes: enter -> inner(prepare -> ask) -> leave. `ask` interrupts
with {"question": question}. State: `answer`, and `left` once the outer graph has gone on; while
interrupted the subgraph's own state has `prepared`.
"""

from typing import Any

from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    question: str
    answer: Any
    left: bool


class InnerState(TypedDict, total=False):
    nonce: str
    question: str
    prepared: bool
    answer: Any


async def enter(state: State) -> State:
    return {"left": False}


async def prepare(state: InnerState) -> InnerState:
    return {"prepared": True}


async def ask(state: InnerState) -> InnerState:
    return {"answer": interrupt({"question": state.get("question", "go on?")})}


async def leave(state: State) -> State:
    return {"left": True}


inner = StateGraph(InnerState)
inner.add_sequence([prepare, ask])
inner.add_edge(START, "prepare")

builder = StateGraph(State)
builder.add_node(enter)
builder.add_node("inner", inner.compile())
builder.add_node(leave)
builder.add_edge(START, "enter")
builder.add_edge("enter", "inner")
builder.add_edge("inner", "leave")
graph = builder.compile()
