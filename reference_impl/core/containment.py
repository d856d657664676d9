"""Keep what a node raises inside its run, and give each slot a thread for nodes that are not async.

`SystemExit` and `KeyboardInterrupt` are not exceptions to asyncio: a task that raises one passes it
on to whoever runs the event loop, which ends the process with every other run on it; recovery then
hands the run to the next process, which ends as well. So tasks that descend from a run are made of
a coroutine that turns the two into `NodeExit`, an ordinary exception, before a task sees them.

A node that is a plain function occupies a thread until it returns, even after its run is cancelled:
nothing in Python can stop it. asyncio's default pool has as few threads as the machine has cores,
plus four; with fewer threads than slots, runs would hold slots and leases without being executed.
"""

import asyncio
from collections.abc import Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_IN_RUN: ContextVar[bool] = ContextVar("in_run", default=False)

#: For each slot: the node itself, branches beside it, and nodes that outlive a cancelled run.
THREADS_PER_SLOT = 8

ENDS_A_PROCESS = (SystemExit, KeyboardInterrupt)


class NodeExit(Exception):
    """A node tried to end the process; `original` is what it raised."""

    def __init__(self, original: BaseException):
        super().__init__(str(original))
        self.original = original


def prepare_loop(slots: int) -> None:
    """Make the running event loop ready to execute runs in this many slots."""
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_make_task)
    pool = ThreadPoolExecutor(max(1, slots) * THREADS_PER_SLOT, thread_name_prefix="node")
    loop.set_default_executor(pool)


@contextmanager
def contain_exits() -> Generator[None]:
    """Contain what is raised inside the block, and in every task that is started there."""
    token = _IN_RUN.set(True)
    try:
        yield
    except ENDS_A_PROCESS as error:
        raise NodeExit(error) from error
    finally:
        _IN_RUN.reset(token)


class _Contained(Coroutine[Any, Any, Any]):
    """A coroutine that raises `NodeExit` in place of what would end the process.

    Not an async function around the other: a task that is cancelled before its first step would
    leave the inner coroutine behind, never awaited.
    """

    __slots__ = ("_inner",)

    def __init__(self, inner: Coroutine[Any, Any, Any]):
        self._inner = inner

    def send(self, value: Any) -> Any:
        try:
            return self._inner.send(value)
        except ENDS_A_PROCESS as error:
            raise NodeExit(error) from error

    def throw(self, *error: Any) -> Any:
        try:
            return self._inner.throw(*error)
        except ENDS_A_PROCESS as exit_:
            raise NodeExit(exit_) from exit_

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()


def _make_task(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> asyncio.Task[Any]:
    context = options.get("context")
    inside = _IN_RUN.get() if context is None else context.get(_IN_RUN, False)
    return asyncio.Task(_Contained(coroutine) if inside else coroutine, loop=loop, **options)
