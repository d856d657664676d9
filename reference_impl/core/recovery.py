"""Runs whose worker is gone: back to the queue when their lease has expired, or ended for good.

Every worker looks for them. Several may find the same one at the same time, or its worker may have
been silent only; the statements of the queue settle both, as they know one live attempt and let
nobody else end it.
"""

import logging

import asyncpg

from onceproof.reference_impl import sql
from onceproof.reference_impl.core.queue import WAKE, Queue
from onceproof.reference_impl.core.run import Outcome, Superseded
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)


class Recovery:
    """What a worker does for the runs of others."""

    def __init__(self, pool: asyncpg.Pool, broker: Broker, queue: Queue, settings: Settings):
        self._pool = pool
        self._broker = broker
        self._queue = queue
        self._max_attempts = settings.max_attempts

    async def sweep(self) -> int:
        """Give runs whose lease has expired back to the queue, or end them; returns how many."""
        expired = await self._pool.fetch(sql.queue.EXPIRED)
        for run in expired:
            await self._recover(run)
        await self._pool.execute(sql.queue.PURGE)
        return len(expired)

    async def _recover(self, run: asyncpg.Record) -> None:
        run_id, attempt = run["run_id"], run["attempt"]
        try:
            if run["cancel"] == "rollback":
                await self._queue.undo(run)
            elif run["cancel"]:
                await self._queue.finish(run, Outcome("interrupted", resting="interrupted"))
            elif attempt - run["handed_back"] >= self._max_attempts:
                await self._queue.finish(run, _given_up(run))
            elif await self._pool.fetchval(sql.queue.REQUEUE_EXPIRED, run_id, attempt):
                log.warning(
                    "lease expired: run %s, attempt %d on %s; back to the queue",
                    run_id,
                    attempt,
                    run["worker"],
                )
                await self._broker.notify(WAKE)
        except Superseded:
            log.info("run %s: another sweep was first", run_id)


def _given_up(run: asyncpg.Record) -> Outcome:
    attempts, last = run["attempt"] - run["handed_back"], run["lost"]
    how = f" (the last ended by {last})" if last else ""
    error = {
        "error": "MaxAttemptsExceeded",
        "message": f"the run was given up: all {attempts} attempts lost their worker{how}",
    }
    return Outcome("error", output={"__error__": error}, error=error, resting="error")
