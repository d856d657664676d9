"""A worker that is asked to stop while a node of its runs does not."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from onceproof.conformance.faults import stop_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.gates import find_workers
from onceproof.conformance.suite.kit.small_deployment import GRACE_S, MARGIN_S, Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Longer than the node is waited for.
STUBBORN_S = 40.0
WAYS = {
    "is a plain function": ("plain", {}),
    "swallows its cancellation": ("poison", {"how": "deaf", "seconds": STUBBORN_S}),
}


@requirement("QUE-31")
@pytest.mark.parametrize("way", WAYS)
async def test_a_worker_stops_in_time_although_a_node_does_not(
    small: Small, small_runs: Runs, sink: Sink, session: Session, way: str
) -> None:
    graph, content = WAYS[way]
    with _hold(sink, new_nonce()) as nonce:
        handle = await small_runs.create(await small_runs.new_thread(), graph, content, nonce=nonce)
        await sink.async_wait_for(nonce, "begin")
        [worker] = find_workers(small, sink, [handle])
        if worker is None:
            inconclusive("the process that executes the run does not belong to a known replica")
        limit_s = GRACE_S + MARGIN_S
        with stop_replica(session, small.levers, worker, [nonce], wait_s=limit_s) as ending:
            status = await asyncio.wrap_future(ending)
        assert status is not None, (
            f"{worker} still ran {limit_s:g} s after SIGTERM, with a grace period of {GRACE_S} s: "
            f"a node of its run {way}"
        )
        await small_runs.cancel(handle)
    await small_runs.until_terminal(handle, STUBBORN_S + MARGIN_S)


@contextmanager
def _hold(sink: Sink, nonce: str) -> Iterator[str]:
    """Hold only the first execution of step 0: the one whose worker is stopped."""
    sink.hold(nonce, 0, limit_s=STUBBORN_S, count=1)
    try:
        yield nonce
    finally:
        sink.release(nonce)
