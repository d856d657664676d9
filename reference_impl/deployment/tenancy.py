"""One deployment to a Redis number and to a Postgres database; any number of replicas of it.

A deployment is its database: all replicas find the same id there. Two mistakes would make two
deployments of what should be one, or one of two, and each is refused at start:

another database, same Redis number    a lease in the number holds the deployment's id and a
                                       random `place`; it passes unless a replica renews it
same database, another Redis number    each replica holds a shared advisory lock of the database
                                       on its place, so the locks of live replicas name one place

Neither leaves anything behind that a restart could trip over: replicas of the same deployment
share the lease, and a session that ends gives its lock back. A Redis that lost its data gets a new
place from the first replica that renews, the others follow at their next beat, and so a start
that meets two places looks again for as long as that takes. Losing the lease later is reported,
not fatal: keys and channels carry the deployment's id, so nothing of it can be mixed up.
"""

import asyncio
import logging
import random
import time

import asyncpg
from redis.exceptions import RedisError

from onceproof.reference_impl import sql
from onceproof.reference_impl.aio import stop_task
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.database import AWAY, alone
from onceproof.reference_impl.errors import Occupied

log = logging.getLogger(__name__)

BEAT_S = 1.0
LEASE_S = 10.0
#: How long replicas may take to follow to a new place, on a busy machine.
FOLLOW_S = 3 * BEAT_S

#: First half of the advisory lock's key; the second is the place.
_PLACES = 0x706C6163


class Tenancy:
    """This process' share in its deployment's hold on the Redis number and the database."""

    def __init__(self, database_uri: str, broker: Broker, deployment_id: str):
        self._uri = database_uri
        self._broker = broker
        self._id = deployment_id
        self._connection: asyncpg.Connection | None = None
        self._place: int | None = None
        self._beating: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        """Take part, or raise Occupied; from then on the lease is renewed until `leave`."""
        await self._reconnect()
        deadline = time.monotonic() + FOLLOW_S
        place = await self._take_lease(time.monotonic() + LEASE_S + BEAT_S)
        while not await self._join(place):
            if time.monotonic() > deadline:
                raise Occupied(
                    "DATABASE_URI: the database is in use by a live deployment with another "
                    "REDIS_URI (or REDIS_KEY_PREFIX); take a database of its own, or the same Redis"
                )
            await asyncio.sleep(BEAT_S / 4)
            place = await self._take_lease(deadline)
        self._beating = asyncio.create_task(self._beat(), name="tenancy")

    async def leave(self) -> None:
        """Stop renewing. The lock goes with its session, the lease passes by itself."""
        await stop_task(self._beating)
        if self._connection:
            self._connection.terminate()

    async def _take_lease(self, deadline: float) -> int:
        """Return the place once the lease is ours; wait for a holder that shows no sign of life."""
        while True:
            holder, place = await self._broker.lease(_new_place(), LEASE_S)
            if holder == self._id:
                return place
            if await self._broker.heard_by(holder) or time.monotonic() > deadline:
                raise Occupied(
                    "REDIS_URI: the Redis database number is in use by another live deployment; "
                    "take another number, as in redis://host:6379/2, or another REDIS_KEY_PREFIX"
                )
            await asyncio.sleep(BEAT_S / 4)

    async def _join(self, place: int) -> bool:
        """Lock the place unless a live replica is elsewhere; return whether it is locked.

        One start at a time looks and locks, so that of two that differ the first is served and the
        second refused.
        """
        assert self._connection is not None, "enter() has connected"
        async with alone(self._connection):
            if await self._connection.fetchval(sql.deployment.COUNT_ELSEWHERE, _PLACES, place):
                return False
            await self._hold(place)
            return True

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            try:
                await self._renew()
            except (RedisError, asyncpg.PostgresError, *AWAY) as error:
                log.debug("the hold on Redis and Postgres was not renewed: %s", error)

    async def _renew(self) -> None:
        holder, place = await self._broker.lease(_new_place(), LEASE_S)
        if holder != self._id:
            log.error("another deployment (%s) has taken the Redis number of this one", holder)
        elif await self._reconnect() or place != self._place:
            await self._hold(place)

    async def _reconnect(self) -> bool:
        """Open a new session if the old one, with its locks, was lost; return whether it was."""
        if self._connection is not None and not self._connection.is_closed():
            return False
        self._connection = await asyncpg.connect(self._uri, timeout=10, command_timeout=30)
        self._place = None
        return True

    async def _hold(self, place: int) -> None:
        assert self._connection is not None, "there is a session before there is a lock"
        await self._connection.execute(sql.deployment.HOLD_PLACE, _PLACES, place)
        if self._place is not None:
            await self._connection.execute(sql.deployment.LEAVE_PLACE, _PLACES, self._place)
        self._place = place


def _new_place() -> int:
    return random.randrange(1, 2**31)
