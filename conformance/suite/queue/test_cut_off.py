"""A worker loses Redis and nothing else, for longer than a lease.

Where leases are kept in Redis it loses its run there and does not know it: another worker begins a
second attempt, and the first one can still write to Postgres. Where they are kept in Postgres it
keeps the run. Either is well, as long as what the first one still writes changes nothing.
"""

from typing import Any

import anyio

from onceproof.conformance.faults.networks import partition
from onceproof.conformance.faults.wiring import REDIS
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.proxied_deployment import start_proxied_deployment
from onceproof.conformance.suite.kit.reads import Observed, read_committed_tokens
from onceproof.conformance.suite.kit.recovery import lease_s, recovery_s
from onceproof.conformance.suite.kit.replicas import find_worker
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink, WitnessTimeout

WORKERS = 2
STEPS = 4
STOP = 1


@requirement("QUE-24")
async def test_a_worker_that_loses_redis_alone_leaves_nothing_of_a_second_attempt(
    session: Session, sink: Sink, observe: Observed
) -> None:
    lease_s(session)
    async with start_proxied_deployment(session, WORKERS) as (deployment, wiring):
        if len(deployment.workers) < WORKERS:
            inconclusive("the target has one worker, so nobody could take its run over")
        runs = deployment.runs
        gate: dict[str, Any] = {"steps": STEPS, "step": STOP, "held_at": "end", "count": 1}
        async with hold_run(runs, sink, await runs.new_thread(), **gate) as handle:
            worker = find_worker(deployment.levers, sink.executions(handle.nonce)[-1])
            with partition(session, wiring, worker, REDIS, [handle.nonce]):
                taken_over = await _is_taken_over(session, sink, handle)
                before = await _see_through(session, runs, handle) if taken_over else None
                sink.release(handle.nonce)
                await sink.async_wait_for(handle.nonce, "end", STEPS)
        observe("another attempt took over" if taken_over else "the worker kept its run")
        await _same_after_a_lease(session, runs, handle, before)
        await runs.final_snapshot([handle])
    assert_checks(session, [handle.nonce], "lost", "duplicate", "stale_commit")


async def _is_taken_over(session: Session, sink: Sink, handle: RunHandle) -> bool:
    """Whether a second execution of the step begins within the time that a lease would take."""
    limit_s = recovery_s(session)
    try:
        await sink.async_wait_for(handle.nonce, "begin", 2, step=STOP, timeout_s=limit_s)
    except WitnessTimeout:
        return False
    return True


async def _see_through(session: Session, runs: Runs, handle: RunHandle) -> list[tuple[int, int]]:
    """The run ends well, with each step once; what it committed."""
    limit_s = recovery_s(session) + 60
    same("status", await runs.until_terminal(handle, limit_s), "success")
    committed = await read_committed_tokens(runs, handle)
    same("steps in the state", [step for step, _ in committed], list(range(STEPS)))
    return committed


async def _same_after_a_lease(
    session: Session, runs: Runs, handle: RunHandle, before: list[tuple[int, int]] | None
) -> None:
    """The attempt that was left behind has had time for its last writes, and changed nothing."""
    before = before or await _see_through(session, runs, handle)
    await anyio.sleep(lease_s(session))
    after = await _see_through(session, runs, handle)
    same("steps and tokens in the state, a lease later", after, before)
