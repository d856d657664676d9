"""cached: a node whose result is kept in a cache of the process, for five minutes.

Input: nonce, key (what the result is kept under), sink. Sink: step 0 with effect key "0", in a run
that computes. State: `by` is the nonce of the run that computed the result.
"""

import sys
from pathlib import Path

from langgraph.cache.memory import InMemoryCache
from langgraph.graph import START, StateGraph
from langgraph.types import CachePolicy
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution

TTL_S = 300


class State(TypedDict, total=False):
    nonce: str
    key: str
    sink: str | None
    by: str


async def compute(state: State) -> State:
    async with report_execution(state, step=0) as execution:
        await execution.effect("0")
    return {"by": state["nonce"]}


def key_of(state: State) -> str:
    return state.get("key", "")


builder = StateGraph(State)
builder.add_node("compute", compute, cache_policy=CachePolicy(key_func=key_of, ttl=TTL_S))
builder.add_edge(START, "compute")
graph = builder.compile(cache=InMemoryCache())
