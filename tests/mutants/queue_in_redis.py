"""Which runs may be claimed is known to Redis alone, so what it forgets is never executed."""

from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("QUE-18",)

LIST = "mutant:claimable"


class Queue(queue.Queue):
    async def accept(self, requests):
        for request in requests:
            await self._broker._redis.sadd(LIST, str(request.run_id))
        return await super().accept(requests)

    async def claim(self, limit, worker, suspects=None):
        known = [item.decode() for item in await self._broker._redis.smembers(LIST)]
        self.claim_sql = queue.Queue.claim_sql.replace(
            "and r.due <= now()",
            f"and r.due <= now() and r.run_id = any('{{{','.join(known)}}}'::uuid[])",
        )
        return await super().claim(limit, worker, suspects)


PARTS = Parts(queue=Queue)
