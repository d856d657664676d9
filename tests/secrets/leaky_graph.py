"""An application that logs all it is given, and keeps it in its state."""

import os
import sys
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from typing_extensions import TypedDict

if os.environ.get("CRASH_AT_IMPORT"):
    raise RuntimeError(f"cannot work with {dict(os.environ)}")


class Context(TypedDict, total=False):
    credentials: dict[str, Any]


class State(TypedDict, total=False):
    question: str
    api_key: str
    seen: str


def repeat(state: State, config: RunnableConfig, runtime: Runtime[Context]) -> State:
    mine = {name: value for name, value in os.environ.items() if "ecret" in value}
    seen = f"{state} {config.get('configurable')} {runtime.context} {mine}"
    print(seen, file=sys.stderr, flush=True)
    if "fail" in state.get("question", ""):
        raise ValueError(seen)
    return {"seen": seen}


graph = (
    StateGraph(State, context_schema=Context)
    .add_node("repeat", repeat)  # type: ignore[call-overload]
    .add_edge(START, "repeat")
    .add_edge("repeat", END)
    .compile()
)
