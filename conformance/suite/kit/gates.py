"""Runs that stand still exactly where a test needs them.

The sink answers the beginning of a step only when the test lets it, so the worker is inside that
step for as long as it takes: no test has to guess how long a run will take to get somewhere.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@asynccontextmanager
async def held_run(
    runs: Runs, sink: Sink, thread_id: str | None, *, step: int = 0, steps: int = 3, **body: Any
) -> AsyncIterator[RunHandle]:
    """A `chain` run whose worker stands inside `step` until the block is left, or `release`."""
    nonce = new_nonce()
    sink.hold(nonce, step)
    try:
        handle = await runs.create(thread_id, "chain", {"steps": steps}, nonce=nonce, **body)
        await sink.async_wait_for(nonce, "begin", step=step)
        yield handle
    finally:
        sink.release(nonce)
