"""An orderly stop leaves its runs to their leases: they wait until those have passed."""

from reference_impl import queue
from reference_impl.services import Parts

CAUGHT_BY = ("SHD-03",)


class Queue(queue.Queue):
    async def hand_back(self, run_id, attempt):
        return False


PARTS = Parts(queue=Queue)
