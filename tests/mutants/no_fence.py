"""A worker that was paused beyond its lease writes as if it still held it."""

from reference_impl import broker, checkpoints, heartbeat, queue
from reference_impl.services import Parts

CAUGHT_BY = ("QUE-21",)

ANYBODY = "select 1 from run where run_id = $1 and $2::int is not null for share"


class Saver(checkpoints.RunCheckpointer):
    put_checkpoint = checkpoints.PUT_CHECKPOINT.format(fence=ANYBODY)
    put_task_writes = checkpoints.PUT_WRITES.format(fence=ANYBODY)


class Checkpoints(checkpoints.Checkpoints):
    def for_run(self, run_id, thread_id, attempt, durability):
        return Saver(self, self._pool, run_id, attempt)


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
