"""chat: a model that streams `text` back word by word, without a model.

Input: nonce, text. The words and the blanks between them are one chunk each. State: `messages`
gets one AI message with id "<nonce>-answer".
"""

from typing import Annotated

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    text: str
    messages: Annotated[list[AnyMessage], add_messages]


async def speak(state: State) -> State:
    text = state.get("text", "")
    message = AIMessage(content=text, id=f"{state['nonce']}-answer")
    model = GenericFakeChatModel(messages=iter([message]))
    return {"messages": [await model.ainvoke(text)]}


builder = StateGraph(State)
builder.add_node(speak)
builder.add_edge(START, "speak")
graph = builder.compile()
