"""Runs that stand still exactly where a test needs them.

The sink answers the beginning of a step only when the test lets it, so the worker is inside that
step for as long as it takes: no test has to guess how long a run will take to get somewhere.

    with gate(sink) as nonce                       a run of this nonce will stand still
    async with hold_run(runs, sink, thread_id)     a run that stands still
    async with hold_runs(runs, sink, begun)        many, on threads of their own
    await lose_worker(runs, session, graph, ...)   a run that loses its worker there, and goes on

Leaving a block releases its runs; `sink.release` releases one before that.
"""

import math
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

from onceproof.conformance.faults import kill_replica
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.recovery import wait_for_recovery
from onceproof.conformance.suite.kit.replicas import find_worker
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import HANDS, inconclusive, not_judged
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: For what is left of a run once another worker has taken it over.
REST_S = 20.0


@contextmanager
def gate(
    sink: Sink, step: int | None = 0, *, at: str = "begin", count: float = math.inf
) -> Iterator[str]:
    """Hold the run of the nonce that is yielded at `step` (None: at any) until it is released.

    `at="end"` lets a step do its work first, so that it is about to write the result; with
    `count=1` an attempt that takes the run over does not stop there.
    """
    nonce = new_nonce()
    sink.hold(nonce, step, at=at, count=count)
    try:
        yield nonce
    finally:
        sink.release(nonce)


@asynccontextmanager
async def hold_run(
    runs: Runs,
    sink: Sink,
    thread_id: str | None,
    *,
    step: int = 0,
    steps: int = 3,
    held_at: str = "begin",
    count: float = math.inf,
    **body: Any,
) -> AsyncIterator[RunHandle]:
    """Create a `chain` run and enter once its worker stands inside `step`."""
    with gate(sink, step, at=held_at, count=count) as nonce:
        handle = await runs.create(thread_id, "chain", {"steps": steps}, nonce=nonce, **body)
        await sink.async_wait_for(nonce, held_at, step=step)
        yield handle


@asynccontextmanager
async def hold_runs(
    runs: Runs, sink: Sink, begun: int, queued: int = 0, *, step: int = 0
) -> AsyncIterator[list[RunHandle]]:
    """Create runs that all stop inside `step`, the middle one of their steps.

    `begun` of them stand there when the block begins; if `queued` more do not, these take all the
    slots there are.
    """

    async def inside() -> int:
        return sum(any(one.step == step for one in sink.executions(h.nonce)) for h in handles)

    with ExitStack() as held:
        nonces = [held.enter_context(gate(sink, step)) for _ in range(begun + queued)]
        handles = [await create_chain(runs, 2 * step + 1, nonce=nonce) for nonce in nonces]
        await expect_eventually(f"runs inside step {step}", inside, begun)
        yield handles


async def create_chain(runs: Runs, steps: int = 1, **body: Any) -> RunHandle:
    """Create a `chain` run on a thread of its own."""
    return await runs.create(await runs.new_thread(), "chain", {"steps": steps}, **body)


def find_running(sink: Sink, handles: Sequence[RunHandle]) -> list[RunHandle]:
    """Return the runs whose latest step has begun and not ended."""
    latest = {handle: sink.executions(handle.nonce)[-1:] for handle in handles}
    return [handle for handle, last in latest.items() if last and last[0].end_t is None]


def find_workers(small: Small, sink: Sink, handles: Sequence[RunHandle]) -> list[str | None]:
    """Return for each run the replica that executed its latest step."""
    latest = [sink.executions(handle.nonce)[-1] for handle in handles]
    return [small.levers.owner(one.pid, one.host) for one in latest]


def count_per_worker(small: Small, sink: Sink, handles: Sequence[RunHandle]) -> Counter[str | None]:
    """Count how many of these runs each worker is executing."""
    return Counter(find_workers(small, sink, find_running(sink, handles)))


async def lose_worker(
    runs: Runs, session: Session, graph: str, input: dict[str, Any], *, step: int
) -> RunHandle:
    """Return a run that has ended well, although its worker was killed inside `step`.

    Not judged for a target without levers, inconclusive where another process than a replica
    executes.
    """
    levers, sink = session.target.levers, session.sink
    if levers is None:
        not_judged(HANDS)
    thread_id = await runs.new_thread()
    with gate(sink, step) as nonce:
        handle = await runs.create(thread_id, graph, input, nonce=nonce, durability="sync")
        await sink.async_wait_for(nonce, "begin", step=step)
        worker = find_worker(levers, sink.executions(nonce)[-1])
        with kill_replica(session, worker, [nonce]):
            sink.release(nonce)
            [status] = await wait_for_recovery(session, runs, [handle], REST_S)
            if status is None:
                inconclusive("the run was lost with its worker, which QUE-01 judges")
            same("status of the run after its worker was killed", status, "success")
    return handle


def count_steps(session: Session, nonce: str) -> dict[int | str, int]:
    """Count how often each step of a run was begun."""
    begun = [one.step for one in session.sink.executions(nonce)]
    return {step: begun.count(step) for step in begun}
