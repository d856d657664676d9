"""An attempt that is executed in this process, and how its end is stored."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from onceproof.reference_impl.core.attempt import Attempt
from onceproof.reference_impl.core.checkpoints.fenced import Fenced
from onceproof.reference_impl.core.checkpoints.writer import StorageAway
from onceproof.reference_impl.core.containment import NodeBlocked, NodeExit, start_in_run
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.core.job import Job
from onceproof.reference_impl.core.node_threads import threads_of_loop
from onceproof.reference_impl.core.place import find_place
from onceproof.reference_impl.core.run import Outcome, Superseded
from onceproof.reference_impl.database import AWAY

log = logging.getLogger(__name__)

#: How long to go on writing a finished run's status while Postgres is away. Longer gains nothing:
#: the lease has expired by then, and another attempt repeats the last super-step.
FINISH_PATIENCE_S = 30.0
RETRY_S = 0.5

#: What an async node may still do once it is cancelled, and how long a plain function, which cannot
#: be cancelled, is waited for, if its time is not up. A run whose node goes on for longer ends all
#: the same.
CANCELLED_S = 5.0
PLAIN_S = 30.0

#: Executions that went on after their run had ended, as they swallow their cancellation.
abandoned: set[asyncio.Task[Outcome]] = set()


class Execution(Job):
    """A job of this process: its graph runs on this event loop, from now on."""

    def __init__(self, engine: Engine, run: asyncpg.Record):
        super().__init__(run)
        self._queue = engine.queue
        self._attempt = Attempt(engine, run, self.spec)
        self._task = start_in_run(self._attempt.execute(), run["run_id"])
        loop, limit_s = asyncio.get_running_loop(), engine.settings.run_timeout_s
        self._stopping: asyncio.Future[None] = loop.create_future()
        self._timer = loop.call_later(limit_s, self.end, "timeout")
        if run["cancel"]:
            self.end(run["cancel"])

    def end(self, why: str) -> None:
        if not self._task.done() and self.stop is None:
            self.stop = why
            self._task.cancel()
            self._stopping.set_result(None)

    async def see_through(self) -> None:
        run_id = self.run["run_id"]
        try:
            await self._come_to_rest()
            await self._conclude()
        except (Fenced, Superseded) as why:
            log.warning("fenced: run %s given up by this worker: %s", run_id, why)
        except (StorageAway, *AWAY) as error:
            log.warning("run %s: Postgres is away (%s); its lease will expire", run_id, error)
        finally:
            self._timer.cancel()

    async def _come_to_rest(self) -> None:
        """Wait until nothing of the run is executed any more, if it has to stop only so long."""
        either: tuple[asyncio.Future[Any], ...] = (self._task, self._stopping)
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self._task.done():
            await asyncio.wait({self._task}, timeout=CANCELLED_S)
        if not self._task.done():
            self._abandon()
        if self.stop != "shutdown":  # the process is about to end, and its threads with it
            await self._settle_threads()

    def _abandon(self) -> None:
        log.error("run %s: a node swallows its cancellation and goes on", self.run["run_id"])
        self._attempt.abandon()
        abandoned.add(self._task)
        self._task.add_done_callback(_forget)

    async def _settle_threads(self) -> None:
        run_id, limit_s = self.run["run_id"], CANCELLED_S if self.stop == "timeout" else PLAIN_S
        if lost := await threads_of_loop().settle(run_id, limit_s):
            log.error("run %s: %d nodes go on in their threads and are given up", run_id, lost)

    async def _conclude(self) -> None:
        if self.stop == "superseded":
            raise Superseded("another attempt holds its lease")
        if self.stop == "shutdown":
            await self._attempt.settle()
            if not await self._queue.hand_back(self.run["run_id"], self.run["attempt"]):
                self.refused_ends += 1
            return
        if self.stop == "rollback":
            await self._offer_end(lambda: self._queue.undo(self.run))
            return
        outcome = await self._outcome()
        await self._attempt.settle()
        await self._offer_end(lambda: self._queue.finish(self.run, outcome))

    async def _outcome(self) -> Outcome:
        if self.stop:
            timed_out = self.stop == "timeout"
            return await (self._attempt.time_out() if timed_out else self._attempt.cancel())
        if self._task.cancelled():  # by the node itself: nobody asked for it
            return await self._attempt.fail(asyncio.CancelledError())
        error = self._task.exception()
        if error is None:
            return self._task.result()
        if isinstance(error, Fenced | StorageAway):
            raise error
        log.info("run %s raised %s: %s", self.run["run_id"], type(error).__name__, error)
        if place := find_place(error.original if isinstance(error, NodeExit) else error):
            log.info("run %s: that was raised at %s", self.run["run_id"], place)
        if isinstance(error, NodeBlocked):
            log.error(
                "run %s: %s; it was interrupted at %s", self.run["run_id"], error, error.place
            )
        return await self._attempt.fail(error)

    async def _offer_end(self, end: Callable[[], Awaitable[None]]) -> None:
        """Retry the end of the run until Postgres takes it; the fence makes that safe."""
        deadline = time.monotonic() + FINISH_PATIENCE_S
        while True:
            try:
                return await end()
            except Superseded:
                self.refused_ends += 1
                raise
            except AWAY as error:
                if time.monotonic() > deadline:
                    raise
                log.warning(
                    "run %s: its end was not stored (%s); trying again", self.run["run_id"], error
                )
                await asyncio.sleep(RETRY_S)


def _forget(task: asyncio.Task[Outcome]) -> None:
    abandoned.discard(task)
    if not task.cancelled():
        task.exception()  # nobody else asks for it
