"""Faults that must change nothing, and two of them on one run."""

import asyncio
import time

from onceproof.conformance.faults import kill_replica, pause_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.gates import gate, hold_run
from onceproof.conformance.suite.kit.reads import read_committed_tokens
from onceproof.conformance.suite.kit.recovery import lease_s, recovery_s, wait_for_recovery
from onceproof.conformance.suite.kit.replicas import find_worker
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Levers
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

STEP, STEPS = 1, 4
#: Of a lease; and how much of one a worker that is heard of in time still has left at the least.
SHARE, LEFT = 0.7, 0.05


@requirement("QUE-34")
async def test_a_stall_shorter_than_the_lease_changes_nothing(
    runs: Runs, session: Session, levers: Levers, sink: Sink
) -> None:
    """It is no fault, so it is recorded as none, and excuses nothing."""
    stall_s, limit_s = _measure_stall(session)
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=STEP, steps=STEPS) as handle:
        worker = find_worker(levers, sink.executions(handle.nonce)[-1])
        stood_s = await asyncio.to_thread(_stand_still, levers, worker, stall_s)
    if stood_s > limit_s:
        inconclusive(f"its worker stood still for {stood_s:.2f} s instead of {stall_s:.2f} s")
    same("status", await runs.until_terminal(handle, 60), "success")
    executions = sink.executions(handle.nonce)
    same("steps executed", [one.step for one in executions], list(range(STEPS)))
    same("processes that executed it", len({(one.host, one.pid) for one in executions}), 1)


def _measure_stall(session: Session) -> tuple[float, float]:
    """How long a worker may stand still, and how long at most without losing its lease; both less
    the time since it was last heard of."""
    options = session.options
    if options.target_profile is None and (options.command or options.urls or options.image):
        inconclusive("it is unknown how long its lease is: say so by --target-profile")
    lease, heartbeat = lease_s(session), options.profile.timings.heartbeat_ms / 1000
    limit_s = (1 - LEFT) * lease - heartbeat
    stall_s = min(SHARE * lease, limit_s - LEFT * lease)
    if stall_s <= 0:
        inconclusive("a worker that is heard of once in a lease may stand still for no time at all")
    return stall_s, limit_s


def _stand_still(levers: Levers, worker: str, stall_s: float) -> float:
    began = time.monotonic()
    levers.pause(worker)
    try:
        time.sleep(stall_s)
    finally:
        levers.resume(worker)
    return time.monotonic() - began


@requirement("QUE-21")
async def test_a_run_whose_successor_dies_as_its_first_worker_wakes_ends_once(
    runs: Runs, session: Session, levers: Levers, sink: Sink
) -> None:
    limit_s = recovery_s(session) + 30
    if len(session.workers()) < 2:
        inconclusive("the target has one worker, so nothing takes over its runs while it is paused")
    with gate(sink, STEP) as nonce:
        handle = await runs.create(await runs.new_thread(), "chain", {"steps": STEPS}, nonce=nonce)
        [first] = await sink.async_wait_for(nonce, "begin", step=STEP)
        with pause_replica(session, find_worker(levers, first), [nonce]):
            *_, second = await sink.async_wait_for(nonce, "begin", 2, step=STEP, timeout_s=limit_s)
        with kill_replica(session, find_worker(levers, second), [nonce]):
            sink.release(nonce)
            [status] = await wait_for_recovery(session, runs, [handle], limit_s)
    same("status", status, "success")
    steps = [step for step, _ in await read_committed_tokens(runs, handle)]
    same("steps in the state", steps, list(range(STEPS)))
    await runs.final_snapshot([handle])
    assert_checks(session, [nonce], "lost", "duplicate", "overlap", "monotonic_status")
