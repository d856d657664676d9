"""Notices that a node holds the event loop for too long, and interrupts it.

A node that blocks the loop is slow, not dead, and keeps its lease (see `heartbeat.py`). But one
that blocks it without end would hold the process, and every other run on it, for ever. So a thread
of its own counts how long one task of a run has been executed without a turn of the loop. After the
limit a signal interrupts what it does, be it a loop in Python or a system call, with an exception.

Native code takes no exception before it returns. If that takes too long, too, the process ends with
status EX_SOFTWARE, which frees all its runs. Native code that keeps the interpreter's lock stops
this thread as well; then the processor time that it burns ends the process, by SIGPROF.

Counted are this thread's own ticks, so a process that was paused or starved has not blocked.
"""

import asyncio
import faulthandler
import logging
import os
import signal
import threading
from types import FrameType
from typing import Any

from onceproof.reference_impl.core.containment import Interruption, NodeBlocked, find_run
from onceproof.reference_impl.errors import EX_SOFTWARE
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

#: Ignored by every process that does not handle it.
SIGNAL = signal.SIGURG
TICK_S = 1.0
STDERR = 2
#: How long native code may ignore the interruption.
IGNORED_S = 10.0


class Watchdog:
    """Watches the running loop of the main thread; one step of a node may take `limit_s`."""

    @classmethod
    def of(cls, settings: Settings) -> "Watchdog":
        """Make one that lets no node hold the loop for longer than a run may take."""
        return cls(min(settings.blocked_loop_limit_s, settings.run_timeout_s))

    def __init__(self, limit_s: float):
        self._limit_s = limit_s
        self._tick_s = min(TICK_S, limit_s / 5)
        self._ignored_s = min(IGNORED_S, limit_s)
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._turned = True
        self._task: asyncio.Task[Any] | None = None
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Watch from now on; only in the main thread, where Python handles signals."""
        signal.signal(SIGNAL, self._interrupt)
        faulthandler.register(signal.SIGPROF, file=STDERR, chain=True)
        self._limit_processor_time()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.unregister(signal.SIGPROF)
        signal.signal(SIGNAL, signal.SIG_DFL)

    def _watch(self) -> None:
        blocked_s = 0.0
        while not self._stopped.wait(self._tick_s):
            self._limit_processor_time()
            blocked_s = blocked_s + self._tick_s if self._blocks() else 0.0
            if blocked_s > self._limit_s + self._ignored_s:
                self._end_process()
            if blocked_s > self._limit_s:
                signal.pthread_kill(threading.main_thread().ident or 0, SIGNAL)

    def _limit_processor_time(self) -> None:
        """End this process when it has used as much before this thread comes round again.

        Twice what one processor has to give in that time: native code may use several.
        """
        signal.setitimer(signal.ITIMER_PROF, 2 * (self._limit_s + self._ignored_s))

    def _blocks(self) -> bool:
        """Whether the task of a run that held the loop at the last tick still does."""
        task, turned = asyncio.current_task(self._loop), self._turned
        if turned:
            self._turned = False
            self._loop.call_soon_threadsafe(self._turn)
        same = task is self._task
        self._task = task
        return not turned and same and find_run(task) is not None

    def _turn(self) -> None:
        self._turned = True

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Raise inside the node, in the main thread, if it is still the one that was meant."""
        task = asyncio.current_task(self._loop)
        if self._turned or task is None or task is not self._task or find_run(task) is None:
            return
        raise Interruption(NodeBlocked(self._limit_s, _describe_place(frame)))

    def _end_process(self) -> None:
        log.critical(
            "run %s: a node holds the event loop for more than %g s and cannot be interrupted; "
            "this process ends, and its runs are taken over by others",
            find_run(self._task),
            self._limit_s + self._ignored_s,
        )
        faulthandler.dump_traceback(file=STDERR)
        os._exit(EX_SOFTWARE)


def _describe_place(frame: FrameType | None) -> str:
    if frame is None:
        return "an unknown place"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
