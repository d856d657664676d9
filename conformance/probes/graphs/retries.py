"""retries: a node that fails at first, with a policy of LangGraph's that tries it three times.

Input: nonce, failures=2 (how often it fails, as long as a sink counts), sink. Sink: step 0 before
it, 1 is that node, 2 beside it in the same super-step, 3 after it, each with effect key str(step).
State: `log` names the nodes that have returned: before, shaky, beside, after.
"""

import sys
from operator import add
from pathlib import Path
from typing import Annotated

from langgraph.graph import START, StateGraph
from langgraph.types import RetryPolicy
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class Unlucky(Exception):
    """What the shaky node raises."""


class State(TypedDict, total=False):
    nonce: str
    failures: int
    sink: str | None
    log: Annotated[list[str], add]


async def before(state: State) -> State:
    return await work(state, 0, "before")


async def shaky(state: State) -> State:
    return await work(state, 1, "shaky", failures=state.get("failures", 2))


async def beside(state: State) -> State:
    return await work(state, 2, "beside")


async def after(state: State) -> State:
    return await work(state, 3, "after")


async def work(state: State, step: int, name: str, failures: int = 0) -> State:
    async with report_execution(state, step=step) as execution:
        if 0 < execution.executions <= failures:
            raise Unlucky(f"execution {execution.executions} of {failures} that fail")
        await execution.effect(str(step))
    return {"log": [name]}


policy = RetryPolicy(initial_interval=0.02, jitter=False, max_attempts=3, retry_on=Unlucky)

builder = StateGraph(State)
builder.add_node(before)
builder.add_node("shaky", shaky, retry_policy=policy)
builder.add_node(beside)
builder.add_node(after)
builder.add_edge(START, "before")
builder.add_edge("before", "shaky")
builder.add_edge("before", "beside")
builder.add_edge(["shaky", "beside"], "after")
graph = builder.compile()
