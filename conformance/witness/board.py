"""Waiting for facts that arrive on another thread, without polling.

A condition is looked at once when the wait begins and once after each change of its topic.
Synchronous and asynchronous callers share one path: a future that the change resolves.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class WitnessTimeout(TimeoutError):
    """The harness did not see in time what it waited for."""


class Wait(Generic[T]):
    """One wait: for what, for how long, and what to say when it was in vain."""

    def __init__(
        self, what: str, ready: Callable[[], T | None], seen: Callable[[], str], timeout_s: float
    ) -> None:
        """`ready` returns None until the condition holds; `seen` tells what was there instead."""
        self.what = what
        self.ready = ready
        self.seen = seen
        self.timeout_s = timeout_s
        self.future: Future[T] = Future()

    def look(self) -> bool:
        """Resolve the future if the condition holds now; True when this wait is over."""
        found = self.ready()
        if found is None:
            return self.future.cancelled()
        # False when the waiter gave up meanwhile: a plain set_result would raise then.
        if self.future.set_running_or_notify_cancel():
            self.future.set_result(found)
        return True

    def timeout_error(self) -> WitnessTimeout:
        """Build the error for a condition that did not hold in time."""
        return WitnessTimeout(f"waited {self.timeout_s:g} s for {self.what}, but saw {self.seen()}")


class Board:
    """The waits on one witness, by topic; its lock also guards what the conditions read."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._waits: dict[str, list[Wait]] = {}

    @contextmanager
    def change(self, topic: str) -> Iterator[None]:
        """Change what conditions of `topic` read, then wake the waits that hold now."""
        with self.lock:
            yield
            if topic in self._waits:
                self._keep(topic, [wait for wait in self._waits[topic] if not wait.look()])

    def wait(self, topic: str, wait: Wait[T]) -> T:
        """Block until `wait` holds; raise WitnessTimeout when it does not in time."""
        with self._post(topic, wait):
            return wait.future.result(wait.timeout_s)

    async def async_wait(self, topic: str, wait: Wait[T]) -> T:
        """Wait as `wait` does, from a coroutine of any event loop."""
        with self._post(topic, wait):
            return await asyncio.wait_for(asyncio.wrap_future(wait.future), wait.timeout_s)

    @contextmanager
    def _post(self, topic: str, wait: Wait) -> Iterator[None]:
        with self.lock:
            if not wait.look():
                self._waits.setdefault(topic, []).append(wait)
        try:
            yield
        except TimeoutError:
            with self.lock:
                raise wait.timeout_error() from None
        finally:
            with self.lock:
                others = [other for other in self._waits.get(topic, ()) if other is not wait]
                self._keep(topic, others)

    def _keep(self, topic: str, waits: list[Wait]) -> None:
        if waits:
            self._waits[topic] = waits
        else:
            self._waits.pop(topic, None)
