"""Two questions to a human at once, after some study, and a third after them."""

import operator
from time import sleep
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict


class State(TypedDict):
    topic: str
    seconds: float
    answers: Annotated[list[str], operator.add]
    verdict: str


def study(state: State) -> dict[str, Any]:
    sleep(state.get("seconds") or 0)
    return {}


def ask_price(state: State) -> dict[str, Any]:
    return {"answers": [f"price: {interrupt({'ask': 'price', 'topic': state['topic']})}"]}


def ask_date(state: State) -> dict[str, Any]:
    return {"answers": [f"date: {interrupt({'ask': 'date', 'topic': state['topic']})}"]}


def approve(state: State) -> dict[str, Any]:
    return {"verdict": str(interrupt({"ask": "approve", "answers": len(state["answers"])}))}


builder = StateGraph(State)
builder.add_node("study", study)
builder.add_node("ask_price", ask_price)
builder.add_node("ask_date", ask_date)
builder.add_node("approve", approve)
builder.add_edge(START, "study")
builder.add_edge("study", "ask_price")
builder.add_edge("study", "ask_date")
builder.add_edge(["ask_price", "ask_date"], "approve")
builder.add_edge("approve", END)
graph = builder.compile()
