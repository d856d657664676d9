"""How soon things happen: answers, claims, and how many runs a process takes."""

import asyncio
import random
from typing import Any

from starlette.types import Message, Scope, Send

from onceproof.conformance.selftest.benign.answering import pass_on
from onceproof.conformance.selftest.benign.variation import variation
from onceproof.reference_impl.core.queue import WAKE, Queue
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.core.worker import Worker
from onceproof.reference_impl.settings import Settings

#: How long an answer takes at least and at most, and a claim.
LATE_S = (0.05, 0.3)
CLAIM_S = (0.1, 0.4)


@variation("SYS-01", "SYS-05", "SYS-09", "RUN-0", "RUN-1", "CAN-0", "MUL-0", "STR-18", "RSM-04")
def answer_late() -> None:
    """Every answer begins 50 to 300 ms after it could have.

    No requirement bounds an answer by less than seconds; RUN-01 asks that creation does not wait
    for execution.
    """

    def make(scope: Scope, send: Send) -> Send:
        async def late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.sleep(random.uniform(*LATE_S))
            await send(message)

        return late

    pass_on(make)


@variation("RUN-0", "RUN-1", "CAN-0", "MUL-0", "STR-0", "THR-14", "QUE-02", "QUE-11")
def claim_late() -> None:
    """A worker claims runs 100 to 400 ms after it was notified of them.

    QUE-11: an idle queue starts a run within the target's pick-up time, which is above that.
    """
    claim = Queue.claim

    async def late(self: Any, *parts: Any) -> Any:
        await asyncio.sleep(random.uniform(*CLAIM_S))
        return await claim(self, *parts)

    Queue.claim = late


@variation("RUN-0", "RUN-1", "CAN-0", "MUL-0", "QUE-02", "QUE-11", "QUE-12")
def find_runs_by_polling() -> None:
    """Workers are not notified of runs: they look for them three times a second.

    QUE-11 leaves it to the server how it learns of a run, and RUN-08 gives it a tolerance.
    """
    notify = Broker.notify

    async def silent(self: Any, topic: str, *parts: Any) -> Any:
        return None if topic == WAKE else await notify(self, topic, *parts)

    Broker.notify = silent
    Settings.model_fields["poll_ms"].default = 330
    Settings.model_rebuild(force=True)


@variation("QUE-02", "QUE-12", "QUE-13", "MUL-0", "CAN-0", "STR-19")
def claim_one_run_at_a_time() -> None:
    """A worker claims one run for each look at the queue, however many slots are free.

    QUE-09: no more than `N_JOBS_PER_WORKER` at once; how many a claim takes is left free.
    """
    claim = Queue.claim

    async def one(self: Any, limit: int, *parts: Any) -> Any:
        return await claim(self, min(limit, 1), *parts)

    Queue.claim = one
    begin = Worker._begin

    def begin_and_look_again(self: Any, run: Any) -> None:
        begin(self, run)
        self._wake.set()

    Worker._begin = begin_and_look_again
