"""An orderly stop leaves its runs to their leases: they wait until those have passed.

The leases have a while to go at that moment. Left as they are they may pass while the process ends
on a busy machine, and then nobody could tell.
"""

from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("SHD-03",)

LEFT = "update run set lease_until = now() + interval '8 s' where run_id = $1 and attempt = $2"


class Queue(queue.Queue):
    async def hand_back(self, run_id, attempt):
        await self._pool.execute(LEFT, run_id, attempt)
        return False


PARTS = Parts(queue=Queue)
