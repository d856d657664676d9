"""The time limit of a run whose node does not stop, in a deployment that allows two seconds."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import Deployment, start_deployment
from onceproof.conformance.suite.kit.reads import read_status
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.operations import OperationError
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LIMIT_S = 2
#: How long after its limit such a run may end, and how long the next one may wait for the slot.
GRACE_S = 30
#: How long the node goes on if nothing stops it.
STUBBORN_S = 45.0
ENV = {"BG_JOB_TIMEOUT_SECS": str(LIMIT_S), "N_JOBS_PER_WORKER": "1"}

WAYS = {
    "blocks the loop": ("poison", {"how": "block", "seconds": STUBBORN_S}),
    "swallows its cancellation": ("poison", {"how": "deaf", "seconds": STUBBORN_S}),
    "is a plain function": ("plain", {}),
}


@pytest.fixture(scope="module")
async def hasty(session: Session) -> AsyncIterator[Deployment]:
    """Provide a worker with one slot and little time, beside the process that serves the API."""
    async with start_deployment(session, ENV, worker_replicas=1) as deployment:
        yield deployment


@pytest.fixture
async def hasty_runs(hasty: Deployment, session: Session) -> AsyncIterator[Runs]:
    async with Runs(hasty.api, session.history, session.sink.url) as made:
        yield made


@requirement("QUE-30")
@pytest.mark.parametrize("way", WAYS)
async def test_a_run_whose_node_does_not_stop_ends_at_its_limit_and_frees_its_slot(
    hasty_runs: Runs, sink: Sink, way: str
) -> None:
    (graph, content), nonce = WAYS[way], new_nonce()
    if graph == "plain":
        sink.hold(nonce, limit_s=STUBBORN_S)
    try:
        thread_id, other = await hasty_runs.new_thread(), await hasty_runs.new_thread()
        stubborn = await hasty_runs.create(thread_id, graph, content, nonce=nonce)
        await sink.async_wait_for(nonce, "begin")
        following = await _try_to_queue(hasty_runs, other)
        ended = await _until_terminal(hasty_runs, stubborn, LIMIT_S + GRACE_S)
        assert ended in ("timeout", "error"), (
            f"the run is {ended} {GRACE_S} s after its limit of {LIMIT_S} s; its node {way}"
        )
        following = following or await hasty_runs.create(other, "chain", {"steps": 1})
        after = await _until_terminal(hasty_runs, following, GRACE_S)
        assert after == "success", f"the next run is {after}: no slot after a node that {way}"
    finally:
        sink.release(nonce)


async def _try_to_queue(runs: Runs, thread_id: str) -> RunHandle | None:
    """Queue the next run; None where the node keeps the server from answering."""
    try:
        return await runs.create(thread_id, "chain", {"steps": 1})
    except OperationError:
        return None


async def _until_terminal(runs: Runs, handle: RunHandle, limit_s: float) -> str | None:
    """Its status when it has ended, or after the limit; "unknown" while nobody answers."""
    deadline, status = time.monotonic() + limit_s, await read_status(runs, handle)
    while status not in TERMINAL and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        status = await read_status(runs, handle)
    return status
