"""A subgraph for each source, fanned out with `Send`, joined by a reducer that keeps the best."""

import operator
from random import SystemRandom
from time import sleep
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from typing_extensions import TypedDict

RANDOM = SystemRandom()


def keep_best(old: dict[str, int] | None, new: dict[str, int]) -> dict[str, int]:
    best = dict(old or {})
    for name, score in new.items():
        best[name] = max(score, best.get(name, score))
    return best


class Source(TypedDict):
    name: str
    takes_s: float
    notes: Annotated[list[str], operator.add]
    scores: Annotated[dict[str, int], keep_best]


class State(TypedDict):
    sources: list[str]
    seconds: float
    notes: Annotated[list[str], operator.add]
    scores: Annotated[dict[str, int], keep_best]
    report: str


class Output(TypedDict):
    report: str


def read(state: Source) -> dict[str, Any]:
    sleep(RANDOM.uniform(0.0, 0.1) + state["takes_s"])
    return {"notes": [f"read {state['name']}"]}


def rate(state: Source) -> dict[str, Any]:
    return {"scores": {state["name"]: RANDOM.randint(1, 100)}}


def fan_out(state: State) -> list[Send]:
    seconds = state.get("seconds") or 0.0
    sources: list[Source] = [
        {"name": name, "takes_s": seconds, "notes": [], "scores": {}} for name in state["sources"]
    ]
    return [Send("source", source) for source in sources]


def write(state: State) -> dict[str, Any]:
    return {"report": max(state["scores"], key=lambda name: state["scores"][name])}


inner = StateGraph(Source)
inner.add_node("read", read)
inner.add_node("rate", rate)
inner.add_edge(START, "read")
inner.add_edge("read", "rate")
inner.add_edge("rate", END)


def choose(state: State) -> dict[str, Any]:
    return {"notes": [f"{len(state['sources'])} sources"]}


outer = StateGraph(State, output_schema=Output)
outer.add_node("choose", choose)
outer.add_node("source", inner.compile())
outer.add_node("write", write)
outer.add_edge(START, "choose")
outer.add_conditional_edges("choose", fan_out, ["source"])
outer.add_edge("source", "write")
outer.add_edge("write", END)
graph = outer.compile()
