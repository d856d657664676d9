"""A ReAct agent with tools and a model that follows a script, but never answers twice alike."""

import re
from collections.abc import Iterator, Sequence
from random import SystemRandom
from time import sleep
from typing import Annotated, Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.prebuilt import ToolNode
from typing_extensions import TypedDict

RANDOM = SystemRandom()
SLOW = re.compile(r"office, which takes ([\d.]+) s")
WORDS = ["the", "weather", "is", "mild", "and", "the", "train", "leaves", "at", "noon"]


@tool
def weather(city: str) -> str:
    """Look up the weather."""
    sleep(RANDOM.uniform(0.01, 0.2))
    return f"{RANDOM.randint(-5, 30)} degrees in {city}"


@tool
def trains(city: str) -> str:
    """Look up the trains."""
    sleep(RANDOM.uniform(0.01, 0.2))
    return f"{RANDOM.randint(1, 9)} trains to {city}"


@tool
def office(seconds: float) -> str:
    """Ask the office, which takes its time."""
    sleep(seconds)
    return "they will call back"


class ScriptedModel(BaseChatModel):
    """Calls one or two tools for a question, then answers in words drawn at random."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _answer(self, messages: Sequence[BaseMessage]) -> AIMessage:
        results = [each for each in messages if isinstance(each, ToolMessage)]
        if not isinstance(messages[-1], ToolMessage) or (
            RANDOM.random() < 0.2 and len(results) < 9
        ):
            if found := SLOW.search(str(messages[-1].content)):
                call = {"name": "office", "args": {"seconds": float(found[1])}}
                return AIMessage(content="", tool_calls=[call | {"id": f"call-{uuid4().hex[:8]}"}])
            names = RANDOM.sample(["weather", "trains"], RANDOM.randint(1, 2))
            calls = [
                {"name": name, "args": {"city": "Turin"}, "id": f"call-{uuid4().hex[:8]}"}
                for name in names
            ]
            return AIMessage(content="", tool_calls=calls)
        return AIMessage(content=" ".join(RANDOM.choices(WORDS, k=RANDOM.randint(5, 30))))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        answer = self._answer(messages)
        if answer.tool_calls:
            chunk = AIMessageChunk(content="", tool_calls=answer.tool_calls)
            yield ChatGenerationChunk(message=chunk)
            return
        for word in str(answer.content).split(" "):
            sleep(0.01)
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=f"{word} "))
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


class State(TypedDict):
    messages: Annotated[list[AnyMessage], add_messages]


MODEL = ScriptedModel()


def think(state: State) -> dict[str, Any]:
    return {"messages": [MODEL.invoke(state["messages"])]}


def route(state: State) -> str:
    last = state["messages"][-1]
    return "tools" if isinstance(last, AIMessage) and last.tool_calls else END


builder = StateGraph(State)
builder.add_node("agent", think)
builder.add_node("tools", ToolNode([weather, trains, office]))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", route, ["tools", END])
builder.add_edge("tools", "agent")
graph = builder.compile()
