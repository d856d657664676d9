"""functional: a workflow of tasks, in LangGraph's functional API.

Input: nonce, steps=3, sleep_ms=0 (in each task), ask=false: whether it interrupts with "go on?"
after the first task, sink. Sink: step 0..steps-1 with effect key str(step), each a task. Result:
nonce, `steps` (the numbers that the tasks returned), `answer` to the question, and `before`: how
many runs of the thread had finished before, which is not the result of any of them but what each
of them saved beside its result.
"""

import sys
from pathlib import Path
from typing import Any

from langgraph.func import entrypoint, task
from langgraph.types import interrupt
from typing_extensions import TypedDict

sys.path.append(str(Path(__file__).resolve().parent.parent))  # for servers that do not add it
from onceproof_probes import report_execution


class Input(TypedDict, total=False):
    nonce: str
    steps: int
    sleep_ms: int
    ask: bool
    sink: str | None


class Result(TypedDict):
    nonce: str
    steps: list[int]
    answer: Any
    before: int


@task
async def work(given: Input, number: int) -> int:
    async with report_execution(given, step=number) as execution:
        await execution.pause(given.get("sleep_ms", 0))
        await execution.effect(str(number))
    return number


@entrypoint()
async def graph(given: Input, *, previous: int | None = None) -> entrypoint.final[Result, int]:
    steps, answer = [await work(given, 0)], None
    if given.get("ask"):
        answer = interrupt("go on?")
    for number in range(1, given.get("steps", 3)):
        steps.append(await work(given, number))
    before = previous or 0
    result: Result = {"nonce": given["nonce"], "steps": steps, "answer": answer, "before": before}
    return entrypoint.final(value=result, save=before + 1)
