"""A worker with all slots full gets SIGTERM; one of its runs ends in time, the others do not."""

import asyncio
import time
from dataclasses import dataclass

import anyio

from onceproof.conformance.faults import stop_replica
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks
from onceproof.conformance.suite.kit.gates import create_chain, find_workers, hold_runs
from onceproof.conformance.suite.kit.reads import read_committed_tokens
from onceproof.conformance.suite.kit.small_deployment import GRACE_S, MARGIN_S, Small
from onceproof.conformance.suite.kit.verdicts import blame, inconclusive
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

#: Nothing of a process shows that a signal has reached it, so it is given this long to.
SIGNAL_S = 0.5

QUEUED = 4
STEP = 1
STEPS = 2 * STEP + 1


@dataclass(frozen=True)
class Stopped:
    """What happened.

    `begun` are queued runs that began although the only free slot was in the stopping worker;
    `while_stopping` are statuses of the handed-over runs, `after` the same and those of the queued
    runs when the worker had just ended.
    """

    finished: RunHandle
    finished_status: str | None
    handed_over: list[RunHandle]
    exit_status: int | None
    took_s: float
    begun: list[RunHandle]
    while_stopping: set[str | None]
    after: set[str | None]
    ends: set[str | None]


async def stop_worker(small: Small, runs: Runs, session: Session) -> Stopped:
    """Play it; every run has ended when it is over."""
    sink = session.sink
    victim = small.workers[-1]
    async with hold_runs(runs, sink, small.slots, step=STEP) as handles:
        mine = [
            handle
            for handle, worker in zip(handles, find_workers(small, sink, handles), strict=True)
            if worker == victim
        ]
        if len(mine) < 2:
            inconclusive(f"{len(mine)} of {len(handles)} runs are executed by {victim}")
        queued = [await create_chain(runs) for _ in range(QUEUED)]
        nonces = [handle.nonce for handle in [*handles, *queued]]
        begin = time.monotonic()
        with stop_replica(
            session, small.levers, victim, nonces, wait_s=GRACE_S + MARGIN_S
        ) as ending:
            seen: set[str | None] = set()
            watch = asyncio.create_task(_watch(runs, mine[1:], seen))
            await anyio.sleep(SIGNAL_S)
            sink.release(mine[0].nonce)
            with blame("SHD-02"):
                finished = await runs.until_terminal(mine[0])
            exit_status = await asyncio.wrap_future(ending)
            took_s = time.monotonic() - begin
            watch.cancel()
            begun = [handle for handle in queued if sink.executions(handle.nonce)]
            after = {await runs.status(handle) for handle in [*mine[1:], *queued]}
            for handle in handles:
                sink.release(handle.nonce)
            ends = await wait_for_ends(runs, [*handles, *queued], 60)
    await runs.final_snapshot([*handles, *queued])
    return Stopped(mine[0], finished, mine[1:], exit_status, took_s, begun, seen, after, set(ends))


async def find_damage(session: Session, runs: Runs, handles: list[RunHandle]) -> list[str]:
    """Find faults in the state that these runs have left, and assert the checks on them."""
    __tracebackhide__ = True
    nonces = [handle.nonce for handle in handles]
    assert_checks(session, nonces, "lost", "duplicate", "monotonic_status")
    steps = [[step for step, _ in await read_committed_tokens(runs, each)] for each in handles]
    return [f"steps {found}" for found in steps if found != list(range(STEPS))]


async def _watch(runs: Runs, handles: list[RunHandle], seen: set[str | None]) -> None:
    while True:
        for handle in handles:
            seen.add(await runs.status(handle))
        await anyio.sleep(0.1)
