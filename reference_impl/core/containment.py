"""Keep what a node raises inside its run, and know which run a task belongs to.

`SystemExit` and `KeyboardInterrupt` are not exceptions to asyncio: a task that raises one passes it
on to whoever runs the event loop, which ends the process with every other run on it; recovery then
hands the run to the next process, which ends as well. So tasks that descend from a run are made of
a coroutine that turns the two into `NodeExit`, an ordinary exception, before a task sees them.
"""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar
from uuid import UUID

from onceproof.reference_impl.core.node_threads import NodeThreads

T = TypeVar("T")

#: The run whose node is executed, in each task and thread that descends from it.
RUN: ContextVar[UUID | None] = ContextVar("run", default=None)

ENDS_A_PROCESS = (SystemExit, KeyboardInterrupt)


class NodeExit(Exception):
    """A node tried to end the process; `original` is what it raised."""

    def __init__(self, original: BaseException):
        super().__init__(str(original))
        self.original = original


class NodeBlocked(Exception):
    """A node held the event loop for longer than allowed, and was interrupted at `place`."""

    def __init__(self, limit_s: float, place: str):
        super().__init__(f"a node held the event loop for more than {limit_s:g} s")
        self.place = place


class Interruption(BaseException):
    """Interrupts a node, also one that catches every `Exception`; its run raises the `cause`."""

    def __init__(self, cause: NodeBlocked):
        super().__init__(str(cause))
        self.cause = cause


def prepare_loop(slots: int) -> None:
    """Make the running event loop ready to execute runs in this many slots."""
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_make_task)
    loop.set_default_executor(NodeThreads.of_loop(slots, RUN.get))


def start_in_run(coroutine: Coroutine[Any, Any, T], run_id: UUID) -> asyncio.Task[T]:
    """Start a task of this run; what it and its descendants raise ends no process."""
    context = copy_context()
    context.run(RUN.set, run_id)
    loop = asyncio.get_running_loop()
    return loop.create_task(coroutine, name=f"run-{run_id}", context=context)


def find_run(task: asyncio.Task[Any] | None) -> UUID | None:
    """Return the run that a task belongs to."""
    coroutine = task.get_coro() if task else None
    return coroutine.run_id if isinstance(coroutine, _Contained) else None


class _Contained(Coroutine[Any, Any, Any]):
    """A coroutine that raises an ordinary exception in place of what would end the process.

    Not an async function around the other: a task that is cancelled before its first step would
    leave the inner coroutine behind, never awaited.
    """

    __slots__ = ("_inner", "run_id")

    def __init__(self, inner: Coroutine[Any, Any, Any], run_id: UUID):
        self._inner = inner
        self.run_id = run_id

    def send(self, value: Any) -> Any:
        try:
            return self._inner.send(value)
        except ENDS_A_PROCESS as error:
            raise NodeExit(error) from error
        except Interruption as interruption:
            raise interruption.cause from interruption

    def throw(self, *error: Any) -> Any:
        try:
            return self._inner.throw(*error)
        except ENDS_A_PROCESS as exit_:
            raise NodeExit(exit_) from exit_
        except Interruption as interruption:
            raise interruption.cause from interruption

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()


def _make_task(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> asyncio.Task[Any]:
    context = options.get("context")
    run_id = RUN.get() if context is None else context.get(RUN, None)
    inside = _Contained(coroutine, run_id) if run_id else coroutine
    return asyncio.Task(inside, loop=loop, **options)
