"""Nothing that happens to a run's thread reaches its worker, not even that the thread is gone."""

from reference_impl import heartbeat, queue
from reference_impl.services import Parts

CAUGHT_BY = ("THR-07",)


class Queue(queue.Queue):
    async def cancel(self, run_id, action):
        return None if action == "rollback" else await super().cancel(run_id, action)


class Heartbeat(heartbeat.Heartbeat):
    def __init__(self, settings, *, lost, cancelled):
        super().__init__(settings, lost=lambda run_id, attempt: None, cancelled=cancelled)


PARTS = Parts(queue=Queue, heartbeat=Heartbeat)
