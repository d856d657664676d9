"""Graphs as people write them: plain functions, types of their own, exits, several questions."""

import dataclasses
import enum
import sys
from operator import add
from typing import Annotated, Any

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt
from typing_extensions import TypedDict


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Box:
    n: int


@dataclasses.dataclass
class Context:
    model: str = "m"


class State(TypedDict, total=False):
    do: str
    box: Box
    color: Color
    kinds: list[str]
    log: Annotated[list[Any], add]
    cache: dict[Any, Any]


def work(state: State, runtime: Runtime[Context]) -> State:
    match state.get("do"):
        case "exit":
            sys.exit("bad input")
        case "keys":
            return {"cache": {(1, 2): 3, b"k": 4}}
        case "context":
            return {"kinds": [runtime.context.model]}
        case "ask twice":
            return {"log": [interrupt("q1"), interrupt("q2")]}
        case "lambda":
            return {"cache": {"f": lambda: None}}
    if "box" in state:
        return {"kinds": [type(state["box"]).__name__, type(state["color"]).__name__]}
    return {"box": Box(1), "color": Color.RED}


builder = StateGraph(State, context_schema=Context)
builder.add_node(work)
builder.add_edge(START, "work")
graph = builder.compile()
