"""Rolling a run back deletes the run and leaves its checkpoints behind."""

from onceproof.reference_impl import sql
from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("CAN-05",)


class Queue(queue.Queue):
    async def _forget(self, connection, thread_id, run_id):
        await connection.execute(sql.queue.FORGET_RUN, run_id)


PARTS = Parts(queue=Queue)
