"""The functional API: tasks, a loop of two hundred steps in one, and what was saved last time."""

from time import sleep
from typing import Any

from langgraph.func import entrypoint, task


@task
def double(number: int) -> int:
    return 2 * number


@task
def add(one: int, two: int, seconds: float = 0.0) -> int:
    sleep(seconds)
    return one + two


@entrypoint()
def workflow(given: dict[str, Any], *, previous: Any = None) -> dict[str, Any]:
    doubled = [double(number) for number in given["numbers"]]
    total = 0
    for each in doubled:
        total = add(total, each.result(), given.get("seconds", 0.0)).result()
    before = (previous or {}).get("total", 0)
    return {"total": total, "before": before}
