"""One node that appends to a log, takes a context and remembers the text in the store."""

from operator import add
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from langgraph.store.base import BaseStore
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    text: str
    log: Annotated[list[str], add]


class Context(TypedDict, total=False):
    tone: str


async def note(state: State, *, store: BaseStore) -> dict[str, Any]:
    await store.aput(("notes",), state["text"], {"by": "async"})
    return {"log": [state["text"]]}


def note_from_a_thread(state: State, *, store: BaseStore) -> dict[str, Any]:
    found = store.get(("notes",), state["text"])
    assert found is not None
    store.put(("notes",), state["text"] + "-sync", {"by": "sync", "after": found.value["by"]})
    return {"log": ["sync"]}


graph = (
    StateGraph(State, context_schema=Context)
    .add_node("note", note)
    .add_node("note_from_a_thread", note_from_a_thread)
    .add_edge(START, "note")
    .add_edge("note", "note_from_a_thread")
    .add_edge("note_from_a_thread", END)
    .compile()
)
