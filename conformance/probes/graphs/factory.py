"""factory: a graph that is made for each use, in the forms that a deployment may choose.

`make_graph` is an async context manager of the config, `make_plain` a function of nothing,
`make_async` an async function of the config and `make_broken` one that raises. None of them is in
langgraph.json, since a server without factories would not start with it.

Configurable: `report`, where `make_graph` says `enter/NONCE` and `leave/NONCE`, with `nonce`.
Input: nonce, sleep_ms, fail. State: `made_for`, the user for whom the graph was made, or null;
`tenant`, the configurable value of that name which the factory was given; `same`, whether the node
belongs to the graph that was made for its own run.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config
from langgraph.graph import START, StateGraph
from onceproof_probes.line import post
from typing_extensions import TypedDict


class State(TypedDict, total=False):
    nonce: str
    sleep_ms: float
    fail: bool
    made_for: str | None
    tenant: str | None
    same: bool


def build(given: Mapping[str, Any]) -> Any:
    """Build a graph whose node says what the factory was given."""

    async def name(state: State) -> State:
        await asyncio.sleep(state.get("sleep_ms", 0) / 1000)
        if state.get("fail"):
            raise ValueError("the input asked for it")
        run_id = get_config()["configurable"].get("run_id")
        return {
            "made_for": _identity(given),
            "tenant": given.get("tenant"),
            "same": run_id == given.get("run_id"),
        }

    return StateGraph(State).add_node("name", name).add_edge(START, "name")


def _identity(given: Mapping[str, Any]) -> str | None:
    user = given.get("langgraph_auth_user")
    identity = getattr(user, "identity", None)
    return identity or (user.get("identity") if isinstance(user, Mapping) else None)


@asynccontextmanager
async def make_graph(config: RunnableConfig) -> AsyncIterator[Any]:
    given = config.get("configurable", {})
    await _report(given, "enter")
    try:
        yield build(given).compile()
    finally:
        await _report(given, "leave")


async def _report(given: Mapping[str, Any], what: str) -> None:
    if "report" in given and "run_id" in given:
        await post(f"{given['report']}/{what}/{given.get('nonce')}", {})


def make_plain() -> Any:
    return build({})


async def make_async(config: RunnableConfig) -> Any:
    return build(config.get("configurable", {}))


def make_broken(config: RunnableConfig) -> Any:
    raise ValueError("this factory makes no graph")
