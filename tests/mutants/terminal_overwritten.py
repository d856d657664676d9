"""A run that has ended changes its mind a moment later."""

import asyncio

from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("QUE-04",)


class Queue(queue.Queue):
    async def finish(self, run, outcome):
        await super().finish(run, outcome)
        self.later = asyncio.create_task(self._rewrite(run["run_id"]))

    async def _rewrite(self, run_id):
        await asyncio.sleep(2)
        await self._pool.execute(
            "update run set status = 'error', updated_at = now() where run_id = $1", run_id
        )


PARTS = Parts(queue=Queue)
