"""Whether a thread is free is looked up before its lock is taken."""

from onceproof.reference_impl import sql
from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("MUL-05",)


class Queue(queue.Queue):
    async def accept(self, requests):
        for request in requests:
            if request.strategy == "reject":
                if await self._pool.fetch(sql.queue.ACTIVE_RUNS, request.thread_id):
                    raise queue.ThreadBusy("busy")
                request.strategy = "enqueue"
        return await super().accept(requests)


PARTS = Parts(queue=Queue)
