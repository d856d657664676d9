"""A worker that was paused beyond its lease writes as if it still held it."""

from onceproof.reference_impl import sql
from onceproof.reference_impl.core import heartbeat, queue
from onceproof.reference_impl.core.checkpoints import fenced, writer
from onceproof.reference_impl.core.streams import broker
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("QUE-21",)

ANYBODY = "select * from unnest($1::uuid[], $2::int[]) as token (run_id, attempt)"


class Writer(writer.Writer):
    statement = sql.checkpoints.STORE_FENCED.replace(sql.checkpoints.FENCE, ANYBODY)


class Checkpoints(fenced.Checkpoints):
    def __init__(self, pool, relaxed_pool):
        super().__init__(pool, relaxed_pool, Writer)


class Queue(queue.Queue):
    async def finish(self, run, outcome):
        await self._pool.execute(
            "update run set status = 'running', attempt = $2 where run_id = $1",
            run["run_id"],
            run["attempt"],
        )
        await super().finish(run, outcome)


class Broker(broker.Broker):
    publish_script = broker.PUBLISH.replace("if attempt < tonumber(newest) then return -1 end", "")


class Heartbeat(heartbeat.Heartbeat):
    def __init__(self, settings, *, lost, cancelled):
        super().__init__(settings, lost=lambda run_id, attempt: None, cancelled=cancelled)


PARTS = Parts(queue=Queue, broker=Broker, checkpoints=Checkpoints, heartbeat=Heartbeat)
