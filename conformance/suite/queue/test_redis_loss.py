"""Redis forgets everything: no accepted run may be lost, whatever a server kept there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from onceproof.conformance.faults import flush_redis, restart_redis
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.exclusive import require_own_redis
from onceproof.conformance.suite.kit.verdicts import SERVICES, not_judged
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

PENDING = 200
THREADS = 20


@asynccontextmanager
async def queue_runs(runs: Runs, sink: Sink) -> AsyncIterator[list[RunHandle]]:
    """Queue runs until the block ends: the first of each thread is held in its first step."""
    threads = await gather_within_limit(runs.new_thread() for _ in range(THREADS))
    nonces = [new_nonce() for _ in threads]
    body = {"steps": 2, "sleep_ms": 20}
    for nonce in nonces:
        sink.hold(nonce, 0)
    try:
        first = await gather_within_limit(
            runs.create(thread_id, "chain", body, nonce=nonce)
            for thread_id, nonce in zip(threads, nonces, strict=True)
        )
        rest = await gather_within_limit(
            runs.create(threads[n % THREADS], "chain", body) for n in range(PENDING)
        )
        yield [*first, *rest]
    finally:
        for nonce in nonces:
            sink.release(nonce)


@requirement("QUE-18", "DEP-13")
async def test_flushall_with_two_hundred_pending_runs_loses_none(
    runs: Runs, session: Session
) -> None:
    require_own_redis(session)
    async with queue_runs(runs, session.sink) as handles:
        with flush_redis(session):
            session.history.add("mark", "redis-flushed-with-pending", who="harness")
    statuses = await wait_for_ends(runs, handles, 90)
    same("runs that did not succeed", [s for s in statuses if s != "success"], [])
    await runs.final_snapshot(handles)
    assert_checks(session, [handle.nonce for handle in handles], "lost")


@requirement("QUE-20")
async def test_runs_survive_a_restart_of_redis_and_can_be_joined_after_it(
    runs: Runs, session: Session
) -> None:
    if session.stack.levers() is None:
        not_judged(SERVICES)
    threads = await asyncio.gather(*(runs.new_thread() for _ in range(10)))
    body = {"steps": 10, "sleep_ms": 100}
    handles = await asyncio.gather(*(runs.create(t, "chain", body) for t in threads))
    with restart_redis(session):
        outputs = await asyncio.gather(*(runs.join(handle, timeout_s=60) for handle in handles))
    same("steps in each output", {len(output["log"]) for output in outputs}, {10})
    await runs.final_snapshot(handles)
    assert_checks(session, [handle.nonce for handle in handles], "lost")
