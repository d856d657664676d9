"""own_types: state made of classes that this very file defines, in a plain function.

Input: nonce. State: `box` (a dataclass), `color` (an enum), `tag` (a pydantic model) and `crate`
(a dataclass of dataclasses). `kinds` is absent after the first run of a thread; later runs put the
class names of what they find there: Box, Color, Tag, Crate[Box].
"""

import dataclasses
import enum

from langgraph.graph import START, StateGraph
from pydantic import BaseModel
from typing_extensions import TypedDict


class Color(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Box:
    n: int


@dataclasses.dataclass
class Crate:
    boxes: list[Box]


class Tag(BaseModel):
    text: str


class State(TypedDict, total=False):
    nonce: str
    box: Box
    color: Color
    tag: Tag
    crate: Crate
    kinds: list[str]


def make(state: State) -> State:
    if "box" not in state:
        made: State = {"box": Box(1), "color": Color.RED, "tag": Tag(text="a")}
        return {**made, "crate": Crate([Box(2)])}
    kinds = [type(state[name]).__name__ for name in ("box", "color", "tag", "crate")]
    if isinstance(state["crate"], Crate):
        kinds[-1] += f"[{type(state['crate'].boxes[0]).__name__}]"
    return {"kinds": kinds}


builder = StateGraph(State)
builder.add_node(make)
builder.add_edge(START, "make")
graph = builder.compile()
