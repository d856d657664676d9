"""Thousands of runs that are pending: they are due in an hour, so that nobody executes them.

The requirement speaks of 10,000. A third of them show a cost that grows with their number just
as well, and take a third of the time to create.
"""

from dataclasses import dataclass
from typing import Any

from onceproof.conformance.history.vocabulary import NO_SUCH_ROUTE
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.scene import scene_of
from onceproof.conformance.suite.limits.speed import time_call
from onceproof.conformance.wire.any_graph import PROBE, name_any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

BATCH = 1000
BATCHES = 3
PENDING = BATCH * BATCHES
TIMES = 30
LATER = {"assistant_id": PROBE, "input": {}, "after_seconds": 3600}


@dataclass(frozen=True)
class LongQueue:
    """The threads of a long queue, each with the runs of one batch in the order of the answer.

    With the time that one more creation took on another thread, before the queue and behind it.
    """

    queued: dict[str, list[dict[str, Any]]]
    created_before_s: float
    created_behind_s: float


async def _build_queue(runs: Runs, session: Session) -> LongQueue:
    beside = await runs.new_thread()
    before = await _time_creation(runs.api, beside)
    threads = [await runs.new_thread() for _ in range(BATCHES)]
    queued = {thread_id: await _create_batch(runs.api, thread_id) for thread_id in threads}
    return LongQueue(queued, before, await _time_creation(runs.api, beside))


#: The queue, built when the first test asks for it.
long_queue = scene_of("LIM-12", _build_queue)


async def _create_batch(api: Api, thread_id: str) -> list[dict[str, Any]]:
    """Create a thousand runs on the thread with one request, and return them."""
    body = [{**name_any_graph(LATER), "thread_id": thread_id}] * BATCH
    response = await api.post("/runs/batch", json=body)
    answered = f"POST /runs/batch answered {response.status_code}"
    assert response.status_code not in NO_SUCH_ROUTE, f"{answered}: there are no batches"
    made: list[dict[str, Any]] = expect(response)
    same("runs in the answer to a batch", len(made), BATCH)
    return made


async def _time_creation(api: Api, thread_id: str) -> float:
    """Return the seconds of the fastest creation: a busy machine delays the others."""

    async def create() -> None:
        expect(await api.post(f"/threads/{thread_id}/runs", json=name_any_graph(LATER), at=0))

    return min([await time_call(create) for _ in range(TIMES)])
