"""A worker loses Redis and nothing else, for longer than a lease.

Where leases are kept in Redis it loses its run there and does not know it: another worker begins a
second attempt, and the first one can still write to Postgres. Where they are kept in Postgres it
keeps the run. Either is well, as long as one attempt alone leaves something behind.
"""

import asyncio

from conformance.faults.networks import partitioned
from conformance.faults.wiring import REDIS
from conformance.register.marker import requirement
from conformance.session import Session
from conformance.suite.expect import same
from conformance.suite.queue.scenes import committed_tokens, held, stopped_inside, worker_of
from conformance.suite.reads import Observed
from conformance.suite.signals import inconclusive
from conformance.suite.wired import wired_deployment
from conformance.wire.client import Api
from conformance.wire.handles import RunHandle
from conformance.wire.runs import Runs
from conformance.witness import Sink, WitnessTimeout

WORKERS = 2
STEPS = 4
STOP = 1


@requirement("QUE-24")
async def test_a_worker_that_loses_redis_alone_leaves_each_step_once(
    session: Session, sink: Sink, observed: Observed
) -> None:
    async with wired_deployment(session, WORKERS) as wired, Api(wired.target.urls) as api:
        if len([each for each in wired.target.replicas if each.role != "api"]) < WORKERS:
            inconclusive("the target has one worker, so nobody could take its run over")
        runs = Runs(api, session.history, sink.url)
        handle, execution = await stopped_inside(runs, sink, steps=STEPS, step=STOP, gate="end")
        worker = worker_of(wired.levers, execution)
        with partitioned(session, wired.wiring, worker, REDIS, [handle.nonce]):
            taken_over = await _taken_over(session, sink, handle)
            observed("another worker took over" if taken_over else "the worker kept its run")
            await _goes_on(session, sink, handle)
        limit_s = session.recovery_ms / 1000 + 60
        same("status", await runs.until_terminal(handle, limit_s), "success")
        await _through(session, sink, handle)
        steps = [step for step, _ in await committed_tokens(runs, handle)]
        same("steps in the state", steps, list(range(STEPS)))
        await runs.final_snapshot([handle])
    for check in ("lost", "duplicate", "stale_commit"):
        held(session, check, [handle.nonce])
    session.history.add("mark", "worker-without-redis", who="harness")


async def _taken_over(session: Session, sink: Sink, handle: RunHandle) -> bool:
    """Whether a second execution of the step begins within the time that a lease would take."""
    try:
        await sink.async_wait_for(
            handle.nonce, "begin", 2, step=STOP, timeout_s=session.recovery_ms / 1000
        )
    except WitnessTimeout:
        return False
    return True


async def _goes_on(session: Session, sink: Sink, handle: RunHandle) -> None:
    """Every attempt writes what it has, and begins the next step if nobody keeps it from that."""
    sink.release(handle.nonce)
    await sink.async_wait_for(
        handle.nonce, "begin", step=STOP + 1, timeout_s=session.recovery_ms / 1000
    )


async def _through(session: Session, sink: Sink, handle: RunHandle) -> None:
    """Give an attempt that was superseded a lease's time for its last writes."""
    if len(sink.executions(handle.nonce)) > STEPS:
        await asyncio.sleep(session.options.lease_ms / 1000)
