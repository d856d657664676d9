"""An attempt that is executed in this process, and how its end is stored."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import asyncpg

from onceproof.reference_impl.core.attempt import Attempt
from onceproof.reference_impl.core.checkpoints.fenced import Fenced
from onceproof.reference_impl.core.checkpoints.writer import StorageAway
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.core.job import Job
from onceproof.reference_impl.core.run import Outcome, Superseded
from onceproof.reference_impl.database import AWAY

log = logging.getLogger(__name__)

#: How long to go on writing a finished run's status while Postgres is away. Longer gains nothing:
#: the lease has expired by then, and another attempt repeats the last super-step.
FINISH_PATIENCE_S = 30.0
RETRY_S = 0.5


class Execution(Job):
    """A job of this process: its graph runs on this event loop, from now on."""

    def __init__(self, engine: Engine, run: asyncpg.Record):
        super().__init__(run)
        self._queue = engine.queue
        self._attempt = Attempt(engine, run)
        self._task = asyncio.create_task(self._attempt.execute(), name=f"run-{run['run_id']}")
        if run["cancel"]:
            self.end(run["cancel"])

    def end(self, why: str) -> None:
        if not self._task.done() and self.stop is None:
            self.stop = why
            self._task.cancel()

    async def see_through(self) -> None:
        run_id = self.run["run_id"]
        try:
            await asyncio.wait({self._task})
            await self._conclude()
        except (Fenced, Superseded) as why:
            log.warning("fenced: run %s given up by this worker: %s", run_id, why)
        except (StorageAway, *AWAY) as error:
            log.warning("run %s: Postgres is away (%s); its lease will expire", run_id, error)

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
        outcome = await self._attempt.cancel() if self.stop else await self._outcome()
        await self._attempt.settle()
        await self._offer_end(lambda: self._queue.finish(self.run, outcome))

    async def _outcome(self) -> Outcome:
        if self._task.cancelled():  # by the node itself: nobody asked for it
            return await self._attempt.fail(asyncio.CancelledError())
        error = self._task.exception()
        if error is None:
            return self._task.result()
        if isinstance(error, Fenced | StorageAway):
            raise error
        log.info("run %s raised %s: %s", self.run["run_id"], type(error).__name__, error)
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
