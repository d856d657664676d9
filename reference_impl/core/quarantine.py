"""Quarantine: a run that has lost a worker before is executed in a process of its own.

Its graph may be what ended that worker: a crash in native code, a node that kills its process, one
that eats all memory. Executed beside others once more it would take them along, and after that the
next worker. Most such runs are innocent, as their worker was killed by somebody else, so the way
through quarantine has to be short: processes are forked from a server that has imported what they
need (`multiprocessing`'s forkserver), which is started when it is first needed.

The worker keeps the slot and the lease of such a run, and passes on what is asked of it. The
process ends as soon as its worker does, since the pipe between them ends then, too.
"""

import asyncio
import contextlib
import logging
import multiprocessing
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar

import asyncpg

from onceproof.reference_impl.core.alone import execute_alone
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.core.job import Job
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.errors import EX_TEMPFAIL

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Processes of one worker at a time, each with a connection of those that its operator allows.
PLACES = 4
CONNECTIONS_PER_PLACE = 8

RETRY_S = 1.0


def count_places(slots: int, connections: int) -> int:
    """Return how many runs a worker with these slots and connections keeps in quarantine."""
    return max(1, min(slots, PLACES, connections // CONNECTIONS_PER_PLACE))


def is_suspect(run: asyncpg.Record) -> bool:
    """Return whether an earlier attempt of the run has lost its worker."""
    return run["attempt"] - run["handed_back"] > 1


class Quarantine:
    """The runs of one worker that are executed in processes of their own."""

    def __init__(self, engine: Engine):
        self._engine = engine
        settings = engine.settings
        self._places = count_places(settings.jobs_per_worker, settings.pool_size)
        self._wards: set[Ward] = set()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(
            [execute_alone.__module__, type(engine.rebuild).__module__]
        )
        # multiprocessing knows its children in one thread; nor must a start wait for nodes.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="quarantine")

    @property
    def free(self) -> int:
        """How many more runs it takes."""
        return self._places - len(self._wards)

    def admit(self, run: asyncpg.Record) -> Job:
        """Take a claimed run; its process starts when it is seen through."""
        ward = Ward(self._engine, run, self)
        self._wards.add(ward)
        return ward

    def dismiss(self, ward: "Ward") -> None:
        """Free its place."""
        self._wards.discard(ward)

    async def start(self, run: Mapping[str, Any]) -> "Process":
        """Start the process of a run; OSError if the system has none to give."""
        return await self.in_thread(lambda: self._start(dict(run)))

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Call in the thread that knows the processes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    def _start(self, run: Mapping[str, Any]) -> "Process":
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=execute_alone,
            args=(self._engine.rebuild, run, theirs),
            name=f"quarantine {run['run_id']}",
            daemon=True,
        )
        with theirs, contextlib.ExitStack() as failed:
            failed.enter_context(ours)
            process.start()
            failed.pop_all()
        return Process(process, ours)


@dataclass(frozen=True)
class Process:
    """One that executes a run; `line` leads to it."""

    process: ForkServerProcess
    line: Connection

    async def wait(self) -> None:
        """Return when it has ended."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self.process.sentinel)

    def bury(self) -> int:
        """Return the exit status of one that has ended, negative for a signal."""
        self.process.join()
        status = self.process.exitcode
        assert status is not None, "a process that has ended has an exit status"
        self.line.close()
        self.process.close()
        return status


class Ward(Job):
    """A job whose attempt is executed in a process of its own."""

    def __init__(self, engine: Engine, run: asyncpg.Record, quarantine: Quarantine):
        super().__init__(run)
        self._engine = engine
        self._quarantine = quarantine
        self._process: Process | None = None

    def end(self, why: str) -> None:
        if self.stop is None:
            self.stop = why
            self._pass_on()

    def _pass_on(self) -> None:
        if self._process and self.stop:
            with contextlib.suppress(OSError):  # it is ending by itself
                self._process.line.send(self.stop)

    async def see_through(self) -> None:
        try:
            status = await self._execute()
            if status == EX_TEMPFAIL:
                await asyncio.sleep(RETRY_S)
                await self._engine.queue.hand_back(self.run["run_id"], self.run["attempt"])
            elif status:
                await self._give_up(status)
        except AWAY as error:
            log.warning(
                "run %s: Postgres is away (%s); its lease will expire", self.run["run_id"], error
            )
        finally:
            self._quarantine.dismiss(self)

    async def _execute(self) -> int:
        """Execute the attempt in its process; returns the exit status."""
        try:
            self._process = process = await self._quarantine.start(self.run)
        except OSError as error:
            log.error("run %s: quarantine has no process for it: %s", self.run["run_id"], error)
            return EX_TEMPFAIL
        self._pass_on()
        await process.wait()
        return await self._quarantine.in_thread(process.bury)

    async def _give_up(self, status: int) -> None:
        """The process died: what recovery would find out by the lease is known at once."""
        run_id, attempt = self.run["run_id"], self.run["attempt"]
        cause = describe_status(status)
        log.error("run %s: attempt %d ended its own process by %s", run_id, attempt, cause)
        if await self._engine.queue.lose(run_id, attempt, cause):
            await self._engine.recovery.sweep()


def describe_status(status: int) -> str:
    """Return an exit status in words, such as "signal 9 (SIGKILL)"."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {-status} ({signal.Signals(-status).name})"
    except ValueError:
        return f"signal {-status}"
