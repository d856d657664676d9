"""hitl2: two questions at the same time, in one super-step.

Input: nonce, sink. `left` and `right` interrupt with {"question": their name}. Sink: step 0 is what
`left` does with its answer, 1 what `right` does, each with effect key str(step). State: `answers`
maps each name to what it was resumed with; `closed` is true once both are there.
"""

import sys
from operator import or_
from pathlib import Path
from typing import Annotated, Any

from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class State(TypedDict, total=False):
    nonce: str
    sink: str | None
    answers: Annotated[dict[str, Any], or_]
    closed: bool


async def left(state: State) -> State:
    return {"answers": {"left": await ask(state, 0, "left")}}


async def right(state: State) -> State:
    return {"answers": {"right": await ask(state, 1, "right")}}


async def ask(state: State, step: int, question: str) -> Any:
    answer = interrupt({"question": question})
    async with report_execution(state, step=step) as execution:
        await execution.effect(str(step))
    return answer


async def close(state: State) -> State:
    return {"closed": True}


builder = StateGraph(State)
builder.add_node(left)
builder.add_node(right)
builder.add_node(close)
builder.add_edge(START, "left")
builder.add_edge(START, "right")
builder.add_edge(["left", "right"], "close")
graph = builder.compile()
