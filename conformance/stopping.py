"""A request to stop: noted by the handler of a signal, looked at wherever the harness waits.

An exception that a handler raises appears wherever the main thread happens to be: in the callback
of a weak reference, where Python prints and forgets it; between the birth of a process and the line
that remembers it; in the middle of a report. So the handler only counts. The count is looked at
between two tests and in every wait for a start; what waits on an event loop is woken by a listener.

The first request cuts short what is under way, the second hurries what is being ended. None loses a
report. The harness itself may ask to stop, too, when it cannot go on.
"""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from onceproof.conformance.errors import Interrupted

#: From a keyboard, from a supervisor, from a terminal that is closed.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: Signals this soon after another count with it: a terminal sends one to each process of its group,
#: and a certification one to each of its lanes.
TOGETHER_S = 0.5
#: What a process has to end in good order after a first request; after a second it has no time.
HURRIED_S = 2.0

STOPPED = "interrupted; everything that was started has been stopped"

Listener = Callable[[], None]

T = TypeVar("T")


class StopRequest:
    """How often it was asked to stop, and why if not by an operator; one for the process."""

    def __init__(self) -> None:
        self.times = 0
        #: Why the harness cannot go on, in a sentence; None as long as it can.
        self.failure: str | None = None
        self._last_s = float("-inf")
        self._listeners: tuple[Listener, ...] = ()
        self._breakable = False

    @property
    def is_made(self) -> bool:
        return self.times > 0

    def note(self) -> None:
        """Count a request and call the listeners, from the handler of a signal or any thread.

        A listener may set attributes and wake an event loop; it must take no lock.
        """
        now_s = time.monotonic()
        if now_s - self._last_s < TOGETHER_S:
            return
        self._last_s = now_s
        self.times += 1
        for listener in self._listeners:
            listener()

    def give_up(self, sentence: str) -> None:
        """Ask to stop since the harness cannot go on; the first reason stands."""
        if self.failure is None:
            self.failure = sentence
            self.note()

    def check(self) -> None:
        """Raise Interrupted if it was asked to stop."""
        if self.is_made:
            raise Interrupted(self.failure or STOPPED)

    def wait(self) -> None:
        """Return when it is asked to stop. A pipe: an event would take a lock in the handler."""
        reader, writer = os.pipe()

        def wake() -> None:
            os.write(writer, b"!")

        try:
            with self.listen(wake):
                if not self.is_made:
                    os.read(reader, 1)
        finally:
            os.close(reader)
            os.close(writer)

    def shorten(self, wait_s: float) -> float:
        """Return how long to wait for an end that may take `wait_s` if nobody is in a hurry."""
        return (wait_s, min(wait_s, HURRIED_S), 0.0)[min(self.times, 2)]

    @contextmanager
    def listen(self, listener: Listener) -> Iterator[None]:
        """Call `listener` at each request during the block."""
        self._listeners += (listener,)
        try:
            yield
        finally:
            self._listeners = tuple(each for each in self._listeners if each is not listener)

    @contextmanager
    def break_into(self) -> Iterator[None]:
        """Let a signal end the block by Interrupted, raised wherever it is.

        For a library that waits by itself, such as for an image to be pulled, and whose remains are
        cleared up by their label. If the first exception is lost, the next signal raises another.
        """
        self.check()
        self._breakable = True
        try:
            yield
        finally:
            self._breakable = False

    def hear(self) -> None:
        """Count a signal, in the main thread."""
        self.note()
        if self._breakable:
            self.check()

    def forget(self) -> None:
        """Begin anew, for the next run of this process."""
        self.times, self.failure, self._last_s = 0, None, float("-inf")


stop_request = StopRequest()


async def until_stopped(work: Coroutine[Any, Any, T]) -> T:
    """Return what becomes of the work, or cancel it: Interrupted if it is asked to stop meanwhile.

    What was asked before is the work's own to look at.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)

    def leave() -> None:
        loop.call_soon_threadsafe(task.cancel)

    with stop_request.listen(leave):
        await asyncio.wait({task})
    if task.cancelled():
        raise Interrupted(stop_request.failure or STOPPED)
    return task.result()


@contextmanager
def end_by_any_signal() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as SIGINT does, by KeyboardInterrupt.

    For a command that starts nothing. Inside it, `heed_signals` notes them all instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    default = [n for n in SIGNALS if signal.getsignal(n) == signal.SIG_DFL]
    for number in default:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in default:
            if signal.getsignal(number) == signal.default_int_handler:
                signal.signal(number, signal.SIG_DFL)


def _hear(number: int, frame: FrameType | None) -> None:
    stop_request.hear()


@contextmanager
def heed_signals() -> Iterator[None]:
    """Note signals during the block instead of dying of them; also within another such block.

    What is ignored stays ignored, as below `nohup`. A process that was asked to stop does so after
    the block: from then on signals are ignored, or the last one would take its exit status.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    heeded = {n: b for n, b in before.items() if b not in (signal.SIG_IGN, _hear, None)}
    if _hear not in before.values():
        stop_request.forget()
    for number in heeded:
        signal.signal(number, _hear)
    try:
        yield
    finally:
        leaving = stop_request.is_made and _hear not in before.values()
        for number, handler in heeded.items():
            signal.signal(number, signal.SIG_IGN if leaving else handler)
