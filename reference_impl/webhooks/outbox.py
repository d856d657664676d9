"""The calls that are owed, as the processes that make them see them: see sql/schema/webhooks.sql.

A call under way is leased like a run, but nothing prevents a second one: a receiver recognises a
repetition by the delivery's id, and a call that was made by mistake cannot be taken back.
"""

from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql


class Outbox:
    """The table of deliveries; `lease_s` is how long a silent process keeps what it claimed."""

    def __init__(self, pool: asyncpg.Pool, lease_s: float):
        self._pool = pool
        self._lease_s = lease_s

    async def claim(self, limit: int) -> list[asyncpg.Record]:
        """Take up to `limit` calls that are due, longest due first."""
        return await self._pool.fetch(sql.webhooks.CLAIM, limit, self._lease_s)

    async def extend(self, deliveries: list[UUID]) -> None:
        """Keep the leases of these calls, which are still under way."""
        await self._pool.execute(sql.webhooks.POSTPONE, deliveries, self._lease_s)

    async def hand_back(self, deliveries: list[UUID]) -> None:
        """Release calls that were broken off: another process may make them at once."""
        await self._pool.execute(sql.webhooks.POSTPONE, deliveries, 0.0)

    async def retry(self, delivery: UUID, pause_s: float) -> None:
        """Count a failure; the call is made again after a pause."""
        await self._pool.execute(sql.webhooks.RETRY, delivery, pause_s)

    async def settle(self, delivery: UUID) -> None:
        """Remove a call that was answered or is given up."""
        await self._pool.execute(sql.webhooks.DELETE, delivery)
