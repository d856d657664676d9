"""The calls that are owed, as the processes that make them see them: see sql/webhooks.sql.

A call under way is leased like a run is, only that nobody is kept from making it twice: a receiver
knows a repetition by the delivery's id, and a call that was made by mistake cannot be taken back.
"""

from uuid import UUID

import asyncpg

CLAIM = """
with next as (
    select delivery_id from webhook_delivery where due <= now()
    order by due limit $1 for update skip locked
)
update webhook_delivery owed set due = now() + make_interval(secs => $2)
from next where owed.delivery_id = next.delivery_id
returning owed.delivery_id, run_id, url, payload, failures
"""

PUT_OFF = """
update webhook_delivery set due = now() + make_interval(secs => $2)
where delivery_id = any($1::uuid[])
"""

FAILED = """
update webhook_delivery set due = now() + make_interval(secs => $2), failures = failures + 1
where delivery_id = $1
"""

SETTLED = "delete from webhook_delivery where delivery_id = $1"


class Outbox:
    """The table of deliveries; `lease_s` is how long a silent process keeps what it claimed."""

    def __init__(self, pool: asyncpg.Pool, lease_s: float):
        self._pool = pool
        self._lease_s = lease_s

    async def claim(self, limit: int) -> list[asyncpg.Record]:
        """Take up to `limit` calls that are due, longest due first."""
        return await self._pool.fetch(CLAIM, limit, self._lease_s)

    async def extend(self, deliveries: list[UUID]) -> None:
        """These calls are still under way."""
        await self._pool.execute(PUT_OFF, deliveries, self._lease_s)

    async def hand_back(self, deliveries: list[UUID]) -> None:
        """These calls were broken off; another process may make them at once."""
        await self._pool.execute(PUT_OFF, deliveries, 0.0)

    async def failed(self, delivery: UUID, pause_s: float) -> None:
        """The call is to be made again, after a pause."""
        await self._pool.execute(FAILED, delivery, pause_s)

    async def settled(self, delivery: UUID) -> None:
        """The call is owed no longer: it was answered, or is given up."""
        await self._pool.execute(SETTLED, delivery)
