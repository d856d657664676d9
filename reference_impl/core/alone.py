"""What a process in quarantine does: it executes one claimed attempt, stores its end, and exits.

It is the engine of a worker in small, without a claim, a heartbeat or a sweep: the worker that
started it does these, and says over a pipe why the attempt has to stop, if it has to. When that
pipe ends the worker is gone, and with it whatever kept the lease.
"""

import asyncio
import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import uvloop
from redis.exceptions import RedisError

from onceproof.reference_impl.core.containment import prepare_loop
from onceproof.reference_impl.core.engine import Rebuild
from onceproof.reference_impl.core.execution import Execution
from onceproof.reference_impl.core.watchdog import Watchdog
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.errors import EX_TEMPFAIL

log = logging.getLogger(__name__)

#: What the lifespan of the deployment's own application has to end, once the run is over.
CLOSE_S = 5

#: Its worker is gone.
EX_ORPHANED = 3


def execute_alone(rebuild: Rebuild, run: Mapping[str, Any], line: Connection) -> None:
    """Execute a claimed run and end this process; `line` leads to the worker.

    Exit status 0: the attempt is over. EX_TEMPFAIL: it could not begin, and nothing was executed.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # its worker decides
        signal.signal(number, lambda *_: None)
    try:
        # Not closed: that would wait for a node that never ends.
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        rebuild.leave(runner.run(_execute(rebuild, run, _Ear(line))))
    except BaseException:  # the process ends here, whatever it is
        traceback.print_exc()
        rebuild.leave(1)


async def _execute(rebuild: Rebuild, run: Mapping[str, Any], ear: "_Ear") -> int:
    prepare_loop(1)
    ear.open()
    opening = rebuild.open()
    try:
        engine = await opening.__aenter__()
    except (RedisError, *AWAY) as error:
        log.warning("run %s: quarantine could not begin (%s)", run["run_id"], error)
        return EX_TEMPFAIL
    Watchdog.of(engine.settings).start()
    job = Execution(engine, run)
    ear.pass_to(job.end)
    await job.see_through()
    try:
        async with asyncio.timeout(CLOSE_S):
            await opening.__aexit__(None, None, None)
    except TimeoutError:
        log.warning("the application's lifespan did not end within %d s", CLOSE_S)
    return 0


class _Ear:
    """Hears from the worker why the attempt has to stop, from a thread of its own."""

    def __init__(self, line: Connection):
        self._line = line
        self._heard: list[str] = []
        self._end: Callable[[str], None] = self._heard.append

    def open(self) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), name="ear", daemon=True).start()

    def pass_to(self, end: Callable[[str], None]) -> None:
        """Call `end` with what was heard so far, and with what is heard from now on."""
        self._end = end
        for why in self._heard:
            end(why)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while True:
                loop.call_soon_threadsafe(self._hear, self._line.recv())
        except (EOFError, OSError):
            os._exit(EX_ORPHANED)

    def _hear(self, why: str) -> None:
        self._end(why)
