"""Runs are acknowledged first and stored a moment later."""

import asyncio
from datetime import UTC, datetime

from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("RUN-04",)


class Queue(queue.Queue):
    async def accept(self, requests):
        self.later = asyncio.create_task(self._later(requests))
        now = datetime.now(UTC)
        return [
            {
                **vars(request),
                "kwargs": request.spec.dump(),
                "status": "pending",
                "multitask_strategy": request.strategy,
                "created_at": now,
                "updated_at": now,
            }
            for request in requests
        ]

    async def _later(self, requests):
        await asyncio.sleep(0.3)
        await super().accept(requests)


PARTS = Parts(queue=Queue)
