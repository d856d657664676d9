"""A worker dies: its run goes on elsewhere from the last checkpoint, and nothing is done twice."""

from onceproof.conformance.faults import kill_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import read_committed_tokens
from onceproof.conformance.suite.kit.recovery import wait_for_recovery
from onceproof.conformance.suite.kit.replicas import find_worker
from onceproof.conformance.suite.kit.verdicts import SECOND_REPLICA, not_judged
from onceproof.conformance.targets import Levers
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

STEPS = 20
STOP = 9


@requirement("QUE-05", "QUE-06", "SHD-08")
async def test_a_killed_workers_run_finishes_elsewhere_from_its_last_checkpoint(
    runs: Runs, sink: Sink, session: Session, levers: Levers
) -> None:
    handle = await kill_worker_of_a_run(runs, sink, session, levers)
    tokens = await read_committed_tokens(runs, handle)
    same("steps in the final state", [step for step, _ in tokens], list(range(STEPS)))
    begun = [one.step for one in sink.executions(handle.nonce)]
    repeats = {step: begun.count(step) for step in range(STEPS) if begun.count(step) != 1}
    same("steps that were begun more than once", repeats, {STOP: 2})
    await runs.read(handle)


@requirement("QUE-16", "SHD-09")
async def test_the_checkpoints_of_a_killed_workers_run_tell_its_attempts(
    runs: Runs, sink: Sink, session: Session, levers: Levers
) -> None:
    handle = await kill_worker_of_a_run(runs, sink, session, levers)
    history = expect(
        await runs.api.post(f"/threads/{handle.thread_id}/history", json={"limit": 1000})
    )
    attempts = {point["metadata"].get("run_attempt") for point in history}
    same("run_attempt over the run's checkpoints", attempts, {1, 2})


async def kill_worker_of_a_run(
    runs: Runs, sink: Sink, session: Session, levers: Levers
) -> RunHandle:
    """Return a run whose worker was killed inside step `STOP`, and that has ended since."""
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=STOP, steps=STEPS, durability="sync") as handle:
        worker = find_worker(levers, sink.executions(handle.nonce)[-1])
        with kill_replica(session, worker, [handle.nonce]):
            sink.release(handle.nonce)
            [status] = await wait_for_recovery(session, runs, [handle], 20)
            same("status of the run after its worker was killed", status, "success")
    return handle


@requirement("SHD-11")
async def test_killing_an_api_replica_leaves_runs_elsewhere_alone(
    runs: Runs, sink: Sink, session: Session, levers: Levers
) -> None:
    async with hold_run(runs, sink, await runs.new_thread(), step=1) as handle:
        worker = find_worker(levers, sink.executions(handle.nonce)[-1])
        others = [each.name for each in session.target.replicas if each.url and each.name != worker]
        if not others or len(session.target.urls) < 2:
            not_judged(SECOND_REPLICA)
        with kill_replica(session, others[0], []):
            sink.release(handle.nonce)
            executions = await sink.async_wait_for(handle.nonce, "end", 3, timeout_s=30)
    same("status", await runs.until_terminal(handle), "success")
    same("executions of the run's three steps", len(executions), 3)
