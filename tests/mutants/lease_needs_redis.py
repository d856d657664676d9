"""A worker that cannot reach Redis extends no lease, and nobody keeps it from writing."""

from dataclasses import replace

from redis import Redis
from redis.exceptions import RedisError

from tests.mutants import no_fence

CAUGHT_BY = ("QUE-24",)


class Heartbeat(no_fence.Heartbeat):
    async def _extend(self, connection, held):
        try:
            Redis.from_url(self._settings.redis_uri, socket_timeout=0.5).ping()
        except RedisError:
            return
        await super()._extend(connection, held)


PARTS = replace(no_fence.PARTS, heartbeat=Heartbeat)
