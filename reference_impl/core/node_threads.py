"""The threads of nodes that are plain functions.

Such a node occupies a thread until it returns, even after its run is cancelled: nothing in Python
can stop it. asyncio's default pool has as few threads as the machine has cores, plus four; with
fewer threads than slots, runs would hold slots and leases without being executed. So there are
more, and it is known whose each is: a run that was stopped ends when its threads have returned,
because the next run of its thread must not begin while they still act. That is bounded. What has
not returned by then is given up: its thread no longer counts, and when too many are lost the
process has to make room for one that has all of them.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

#: For each slot: the node itself, branches beside it, and nodes that outlive a cancelled run.
THREADS_PER_SLOT = 8


_of_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, NodeThreads]" = WeakKeyDictionary()


class NodeThreads(ThreadPoolExecutor):
    """The default pool of an event loop that executes runs."""

    def __init__(self, threads: int, whose: Callable[[], UUID | None]):
        """`whose` returns the run that submits."""
        super().__init__(threads, thread_name_prefix="node")
        self._whose = whose
        self._busy: dict[UUID, set[Future[Any]]] = {}
        self._lock = threading.Lock()
        self._most_lost = threads
        self.lost = 0

    @classmethod
    def of_loop(cls, slots: int, whose: Callable[[], UUID | None]) -> "NodeThreads":
        """Make the pool of the running loop."""
        made = cls(max(1, slots) * THREADS_PER_SLOT, whose)
        _of_loops[asyncio.get_running_loop()] = made
        return made

    @property
    def are_spent(self) -> bool:
        """Whether so many are lost that this process should make room for another one."""
        return self.lost >= self._most_lost

    def submit(self, call: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(call, *args, **kwargs)
        run_id = self._whose()
        if run_id is not None:
            with self._lock:
                self._busy.setdefault(run_id, set()).add(future)
            future.add_done_callback(lambda done: self._release(run_id, done))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Start nothing more, and wait for nobody: a node may never return."""
        super().shutdown(wait=False, cancel_futures=True)

    def _release(self, run_id: UUID, future: Future[Any]) -> None:
        with self._lock:
            busy = self._busy.get(run_id, set())
            busy.discard(future)
            if not busy:
                self._busy.pop(run_id, None)

    def _list_busy(self, run_id: UUID) -> list[Future[Any]]:
        with self._lock:
            return list(self._busy.get(run_id, ()))

    async def settle(self, run_id: UUID, limit_s: float) -> int:
        """Wait until all threads of a run have returned; returns how many are given up instead."""
        busy = self._list_busy(run_id)
        if not busy:
            return 0
        _, left = await asyncio.wait(map(asyncio.wrap_future, busy), timeout=limit_s)
        for future in left:
            future.add_done_callback(self._found_again)
        self.lost += len(left)
        self._max_workers += len(left)
        return len(left)

    def _found_again(self, future: asyncio.Future[Any]) -> None:
        self.lost -= 1
        self._max_workers -= 1
        if not future.cancelled():
            future.exception()  # nobody else asks for it


def threads_of_loop() -> NodeThreads:
    """Return the pool of the running loop."""
    return _of_loops[asyncio.get_running_loop()]
