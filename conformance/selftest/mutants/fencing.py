"""What keeps an attempt that has lost its lease from writing, and how it finds out."""

import asyncio

from redis import Redis
from redis.exceptions import RedisError

from onceproof.conformance.selftest.mutant import mutant
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import sql
from onceproof.reference_impl.core import heartbeat, queue
from onceproof.reference_impl.core.checkpoints import writer
from onceproof.reference_impl.core.streams import broker


@mutant("QUE-21", replicas=2)
def write_without_a_fence() -> None:
    """A worker that was paused beyond its lease writes as if it still held it."""
    anybody = "select * from unnest($1::uuid[], $2::int[]) as token (run_id, attempt)"
    writer.Writer.statement = sql.checkpoints.STORE_FENCED.replace(sql.checkpoints.FENCE, anybody)
    rewrite(
        broker.Broker,
        "publish_script",
        "if attempt < tonumber(newest) then return -1 end",
        "",
    )
    _take_the_run_back_at_its_end()
    _never_notice_a_loss()


def _take_the_run_back_at_its_end() -> None:
    finish = queue.Queue.finish
    take = "update run set status = 'running', attempt = $2 where run_id = $1"

    async def take_and_finish(self, run, outcome):
        await self._pool.execute(take, run["run_id"], run["attempt"])
        await finish(self, run, outcome)

    queue.Queue.finish = take_and_finish


def _never_notice_a_loss() -> None:
    begin = heartbeat.Heartbeat.__init__

    def deaf(self, settings, *, lost, cancelled):
        begin(self, settings, lost=lambda run_id, attempt: None, cancelled=cancelled)

    heartbeat.Heartbeat.__init__ = deaf


@mutant("QUE-24", replicas=2)
def extend_leases_through_redis() -> None:
    """A worker that cannot reach Redis extends no lease, and nobody keeps it from writing."""
    write_without_a_fence()
    extend, claim = heartbeat.Heartbeat._extend, queue.Queue.claim

    async def extend_if_redis_is_there(self, connection, held):
        try:
            Redis.from_url(self._settings.redis_uri, socket_timeout=0.5).ping()
        except RedisError:
            return
        await extend(self, connection, held)

    async def claim_if_redis_is_there(self, limit, worker, suspects=None):
        try:
            async with asyncio.timeout(0.5):
                await self._broker.ping()
        except (RedisError, OSError):
            return []
        return await claim(self, limit, worker, suspects)

    heartbeat.Heartbeat._extend = extend_if_redis_is_there
    queue.Queue.claim = claim_if_redis_is_there
