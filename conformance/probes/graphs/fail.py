"""fail: a step that succeeds, then one that raises ValueError(message).

Input: nonce, message="boom", sink. Sink: step 0 with effect key "0", then step 1 with outcome
"ValueError". State: `passed` is true, the last good value.
"""

import sys
from pathlib import Path

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    message: str
    sink: str | None
    passed: bool


async def succeed(state: State) -> State:
    async with report_execution(state, step=0) as execution:
        await execution.effect("0")
    return {"passed": True}


async def fail(state: State) -> State:
    async with report_execution(state, step=1):
        raise ValueError(state.get("message", "boom"))


builder = StateGraph(State)
builder.add_node(succeed)
builder.add_node(fail)
builder.add_edge(START, "succeed")
builder.add_edge("succeed", "fail")
graph = builder.compile()
