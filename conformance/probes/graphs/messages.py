"""messages: each run of a thread appends one message, without a model.

Input: nonce, text. State: `messages` gets one AI message with id nonce and content text.
"""

from typing import Annotated

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    text: str
    messages: Annotated[list[AnyMessage], add_messages]


async def append(state: State) -> State:
    return {"messages": [AIMessage(content=state.get("text", ""), id=state["nonce"])]}


builder = StateGraph(State)
builder.add_node(append)
builder.add_edge(START, "append")
graph = builder.compile()
