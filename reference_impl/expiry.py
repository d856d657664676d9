"""The sweeper: takes away threads and store items that have outlived their time.

Every worker process has one, and none of them leads: a row that one is at is passed over by the
others. Rows go in small batches, so that nobody waits long for a lock of the sweeper's. Looking
for what is due reads the head of a partial index, which is empty where nothing ever expires.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import asyncpg

from reference_impl import threads
from reference_impl.database import AWAY
from reference_impl.lifetimes import Lifetimes

log = logging.getLogger("reference_impl.expiry")

BATCH = 100

#: A thread with a run under way is in use, and expires anew when that ends.
_DUE_THREADS = """
select thread_id, ttl ->> 'strategy' as strategy from thread
where expires_at < now() and status <> 'busy' and hidden_at is null
order by expires_at limit $1 for update skip locked
"""

_SWEEP_ITEMS = """
with due as (
    select prefix, key from store_item where expires_at < now()
    order by expires_at limit $1 for update skip locked
), gone as (
    delete from store_item i using due where i.prefix = due.prefix and i.key = due.key
    returning true
)
select count(*) from gone
"""


class Sweeper:
    """One process' sweeper."""

    def __init__(self, pool: asyncpg.Pool, lifetimes: Lifetimes):
        self._pool = pool
        self._lifetimes = lifetimes

    async def run(self) -> None:
        """Sweep until cancelled, each kind in its own interval."""
        said = self._lifetimes
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(said.threads.sweep_interval_minutes, self.sweep_threads))
            group.create_task(_every(said.items.sweep_interval_minutes, self.sweep_items))

    async def sweep_threads(self) -> int:
        """Take away what is due, up to the limit of a sweep; how many threads there were."""
        swept, limit = 0, self._lifetimes.threads.sweep_limit
        while swept < limit:
            wanted = min(BATCH, limit - swept)
            found = await self._sweep_threads(wanted)
            swept += found
            if found < wanted:
                break
        return swept

    async def _sweep_threads(self, count: int) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            due = await connection.fetch(_DUE_THREADS, count)
            by_strategy = {"delete": threads.remove, "keep_latest": threads.prune}
            for strategy, take_away in by_strategy.items():
                ids = [row["thread_id"] for row in due if row["strategy"] == strategy]
                if ids:
                    await take_away(connection, ids)
        return len(due)

    async def sweep_items(self) -> int:
        """Take away the items that have expired; how many there were."""
        swept, found = 0, BATCH
        while found == BATCH:
            found = await self._pool.fetchval(_SWEEP_ITEMS, BATCH)
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
