"""A node that tries to end its process ends its run instead."""

import asyncio
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from onceproof.reference_impl.core.containment import NodeExit, prepare_loop, start_in_run


class State(TypedDict, total=False):
    x: int


def graph_of(*nodes: Callable[[State], Any]) -> Any:
    builder = StateGraph(State)
    for number, node in enumerate(nodes):
        builder.add_node(f"n{number}", node)
        builder.add_edge(START, f"n{number}")
    return builder.compile()


async def leave(state: State) -> State:
    sys.exit("bad input")


def leave_plainly(state: State) -> State:
    sys.exit("bad input")


def interrupt(state: State) -> State:
    raise KeyboardInterrupt


async def wait(state: State) -> State:
    await asyncio.sleep(30)
    return {}


def run(scene: Callable[[], Awaitable[Any]], slots: int = 2) -> Any:
    async def on_a_loop() -> Any:
        prepare_loop(slots)
        return await scene()

    return asyncio.run(on_a_loop())


@pytest.mark.parametrize(
    "nodes",
    [(leave,), (leave_plainly,), (leave, wait), (leave_plainly, wait), (interrupt,)],
    ids=["async", "plain", "async beside another", "plain beside another", "interrupt"],
)
def test_an_exit_is_an_exception_of_the_run(nodes: Any) -> None:
    async def scene() -> None:
        with pytest.raises(NodeExit) as raised:
            await start_in_run(graph_of(*nodes).ainvoke({"x": 1}), uuid4())
        assert isinstance(raised.value.original, SystemExit | KeyboardInterrupt)

    run(scene)


def test_an_exit_outside_of_a_run_still_ends_the_process() -> None:
    async def scene() -> None:
        await asyncio.create_task(leave({}))

    with pytest.raises(SystemExit):
        run(scene)


def test_a_task_that_is_cancelled_before_it_began_leaves_nothing_behind() -> None:
    async def scene() -> None:
        task = start_in_run(wait({}), uuid4())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(scene)


def test_plain_nodes_have_a_thread_for_each_slot() -> None:
    def nap(state: State) -> State:
        time.sleep(0.05)
        under_way.append(1)
        deadline = time.monotonic() + 10
        while len(under_way) < 20 and time.monotonic() < deadline:
            time.sleep(0.005)
        return {"x": len(under_way)}

    under_way: list[int] = []

    async def scene() -> list[Any]:
        graph = graph_of(nap)
        return await asyncio.gather(*(start_in_run(graph.ainvoke({}), uuid4()) for _ in range(20)))

    assert [state["x"] for state in run(scene, slots=20)] == [20] * 20
