"""memory: one operation on the store the server supplies.

Input: nonce, op ("put", "get" or "search"), namespace (list of strings), key, value. State:
`result` is true for put; the value or null for get; [{namespace, key, value}] for search.
"""

from collections.abc import Mapping
from typing import Any

from langgraph.config import get_store
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    op: str
    namespace: list[str]
    key: str
    value: dict[str, Any]
    result: Any


async def put(store: BaseStore, state: State) -> bool:
    await store.aput(tuple(state["namespace"]), state["key"], state["value"])
    return True


async def get(store: BaseStore, state: State) -> Any:
    item = await store.aget(tuple(state["namespace"]), state["key"])
    return item.value if item else None


async def search(store: BaseStore, state: State) -> list[Mapping[str, Any]]:
    items = await store.asearch(tuple(state["namespace"]), limit=100)
    return [
        {"namespace": list(item.namespace), "key": item.key, "value": item.value} for item in items
    ]


OPERATIONS = {"put": put, "get": get, "search": search}


async def remember(state: State) -> State:
    operation = OPERATIONS.get(state["op"])
    if operation is None:
        raise ValueError(f"op is {state['op']!r}, but should be one of {', '.join(OPERATIONS)}")
    return {"result": await operation(get_store(), state)}


builder = StateGraph(State)
builder.add_node(remember)
builder.add_edge(START, "remember")
graph = builder.compile()
