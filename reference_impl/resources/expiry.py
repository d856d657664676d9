"""The sweeper: removes threads and store items whose time to live has passed.

Every worker process has one, and none of them leads: a row that one is at is passed over by the
others. Rows go in small batches, so that nobody waits long for a lock of the sweeper's. Looking
for what is due reads the head of a partial index, which is empty where nothing ever expires.

A thread that was used since it was made, or looked at last, is found before its time: it is looked
at again when that has passed. So using a thread costs nothing for its having a time to live.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.resources.ttl import Lifetimes

log = logging.getLogger(__name__)

BATCH = 100


class Sweeper:
    """One process' sweeper."""

    def __init__(self, pool: asyncpg.Pool, lifetimes: Lifetimes):
        self._pool = pool
        self._lifetimes = lifetimes

    async def run(self) -> None:
        """Sweep until cancelled, each kind in its own interval."""
        lifetimes = self._lifetimes
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(lifetimes.threads.sweep_interval_minutes, self.sweep_threads))
            group.create_task(_every(lifetimes.items.sweep_interval_minutes, self.sweep_items))

    async def sweep_threads(self) -> int:
        """Remove threads that have expired, up to the limit of a sweep; return how many."""
        swept, remaining = 0, self._lifetimes.threads.sweep_limit
        while remaining > 0:
            count = min(BATCH, remaining)
            fates = await self._sweep_threads(count)
            swept += len(fates) - fates.count("wait")
            remaining = remaining - count if len(fates) == count else 0
        return swept

    async def _sweep_threads(self, count: int) -> list[str]:
        async with self._pool.acquire() as connection, connection.transaction():
            found = await connection.fetch(sql.threads.DUE_TO_EXPIRE, count)
            ids: dict[str, list[UUID]] = {"delete": [], "keep_latest": [], "wait": []}
            for row in found:
                ids[row["fate"]].append(row["thread_id"])
            if ids["delete"]:
                await threads.remove(connection, ids["delete"])
            if ids["keep_latest"]:
                await threads.prune(connection, ids["keep_latest"])
            if again := ids["keep_latest"] + ids["wait"]:
                await connection.execute(sql.threads.LOOK_AGAIN, again)
        return [row["fate"] for row in found]

    async def sweep_items(self) -> int:
        """Remove the items that have expired; return how many."""
        swept, found = 0, BATCH
        while found == BATCH:
            found = await self._pool.fetchval(sql.store.SWEEP, BATCH)
            swept += found
        return swept


async def _every(minutes: float, sweep: Callable[[], Awaitable[int]]) -> None:
    while True:
        await asyncio.sleep(60 * minutes)
        try:
            if swept := await sweep():
                log.info("%s: %d", sweep.__name__, swept)
        except AWAY as error:
            log.warning("%s failed (%s); trying again", sweep.__name__, error)
