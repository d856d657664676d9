"""Cancelling a running run is answered and then forgotten."""

from onceproof.reference_impl.core import heartbeat, queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("CAN-01",)


class Queue(queue.Queue):
    async def cancel(self, run_id, action):
        status = await self._pool.fetchval("select status from run where run_id = $1", run_id)
        return status if status == "running" else await super().cancel(run_id, action)


class Heartbeat(heartbeat.Heartbeat):
    def __init__(self, settings, *, lost, cancelled):
        super().__init__(settings, lost=lost, cancelled=lambda run_id, action: None)


PARTS = Parts(queue=Queue, heartbeat=Heartbeat)
