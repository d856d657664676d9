"""Thousands of runs that are pending: they are due in an hour, so that nobody executes them.

The requirement speaks of 10,000. A third of them show a cost that grows with their number as
well, and take a third of the time to make.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import answered, same
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.limits.speed import seconds
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

BATCH = 1000
BATCHES = 3
PENDING = BATCH * BATCHES
TIMES = 30
LATER = {"assistant_id": "echo", "input": {}, "after_seconds": 3600}


ABSENT = frozenset({404, 405, 501})


class NoBatches(AssertionError):
    """Runs cannot be made a thousand at a time."""


@dataclass(frozen=True)
class LongQueue:
    """Its threads, each with the runs of one batch in the order of the answer.

    And how long one more creation took, on another thread, before there was a queue and behind it.
    """

    queued: dict[str, list[dict[str, Any]]]
    created_before_s: float
    created_behind_s: float


@pytest.fixture(scope="module")
async def long_queue(api: Api, session: Session) -> AsyncIterator[Scene[LongQueue]]:
    """Made when the first test asks for it."""
    async with Runs(api, session.history, session.sink.url) as runs:
        yield Scene(lambda: _queued(runs))


async def _queued(runs: Runs) -> LongQueue:
    beside = await runs.new_thread()
    before = await _creation_s(runs.api, beside)
    threads = [await runs.new_thread() for _ in range(BATCHES)]
    queued = {thread_id: await _batch(runs.api, thread_id) for thread_id in threads}
    return LongQueue(queued, before, await _creation_s(runs.api, beside))


async def _batch(api: Api, thread_id: str) -> list[dict[str, Any]]:
    """What one call answers that creates a thousand runs on the thread."""
    body = [{**LATER, "thread_id": thread_id}] * BATCH
    response = await api.post("/runs/batch", json=body)
    if response.status_code in ABSENT:
        raise NoBatches(f"POST /runs/batch answered {response.status_code}: there are no batches")
    made: list[dict[str, Any]] = answered(response)
    same("runs in the answer to a batch", len(made), BATCH)
    return made


async def _creation_s(api: Api, thread_id: str) -> float:
    """The seconds in which a run is created at the best: a busy machine shows in the others."""

    async def create() -> None:
        answered(await api.post(f"/threads/{thread_id}/runs", json=LATER, at=0))

    return min([await seconds(create) for _ in range(TIMES)])
