"""hitl: a question to a human between two nodes.

Input: nonce, question="go on?". `ask` interrupts with {"question": question}; what it is resumed
with is `answer`. State: `log` names the nodes that have returned: before, ask, after.
"""

from operator import add
from typing import Annotated, Any

from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    question: str
    answer: Any
    log: Annotated[list[str], add]


async def before(state: State) -> State:
    return {"log": ["before"]}


async def ask(state: State) -> State:
    answer = interrupt({"question": state.get("question", "go on?")})
    return {"answer": answer, "log": ["ask"]}


async def after(state: State) -> State:
    return {"log": ["after"]}


builder = StateGraph(State)
builder.add_sequence([before, ask, after])
builder.add_edge(START, "before")
graph = builder.compile()
