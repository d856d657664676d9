"""tools: an agent that calls tools, with a scripted model that streams its tool calls.

Input: nonce, messages, sink. The model answers a message of a person by one tool call for each
word in it, and the results of the tools by "done". No message has an id of the probe's own; the
k-th tool call has the id "<nonce>-<k>". The tool answers how long its word is. Sink: step k is the
tool call for the k-th word, with effect key str(k).
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    ToolCall,
)
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.tools import tool
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import InjectedState, ToolNode, tools_condition
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    sink: str | None
    messages: Annotated[list[AnyMessage], add_messages]


class ScriptedModel(GenericFakeChatModel):
    """A fake that streams tool calls, too: the name first, then the arguments in two parts."""

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        whole = self._generate(messages).generations[0].message
        for index, call in enumerate(getattr(whole, "tool_calls", [])):
            yield chunk(name=call["name"], args="", id=call["id"], index=index)
            for part in ('{"word": ', f'"{call["args"]["word"]}"}}'):
                yield chunk(name=None, args=part, id=None, index=index)
        if whole.content:
            yield ChatGenerationChunk(message=AIMessageChunk(content=whole.content))


def chunk(**call: Any) -> ChatGenerationChunk:
    part: Any = {"type": "tool_call_chunk", **call}
    return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[part]))


async def agent(state: State) -> State:
    model = ScriptedModel(messages=iter([answer(state["nonce"], state["messages"][-1])]))
    return {"messages": [await model.ainvoke(state["messages"])]}


def answer(nonce: str, last: BaseMessage) -> AIMessage:
    if not isinstance(last, HumanMessage):
        return AIMessage("done")
    words = enumerate(str(last.content).split())
    calls = [ToolCall(name="weigh", args={"word": word}, id=f"{nonce}-{k}") for k, word in words]
    return AIMessage("", tool_calls=calls)


@tool
async def weigh(word: str, state: Annotated[State, InjectedState]) -> str:
    """Weigh a word."""
    step = str(state["messages"][-2].content).split().index(word)
    async with report_execution(state, step=step) as execution:
        await execution.effect(str(step))
    return str(len(word))


builder = StateGraph(State)
builder.add_node(agent)
builder.add_node("tools", ToolNode([weigh]))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", tools_condition)
builder.add_edge("tools", "agent")
graph = builder.compile()
