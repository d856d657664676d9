"""More runs than slots, each of them standing still where a test needs it."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.waiting import eventually
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


async def run_of(runs: Runs, steps: int = 1, **body: Any) -> RunHandle:
    """A `chain` on a thread of its own."""
    return await runs.create(await runs.new_thread(), "chain", {"steps": steps}, **body)


@asynccontextmanager
async def crowd(
    runs: Runs, sink: Sink, begun: int, queued: int = 0, *, step: int = 0
) -> AsyncIterator[list[RunHandle]]:
    """Runs whose workers stand inside `step`, the middle one of their steps, until released.

    `begun` of them stand there when the block begins, and take all the slots there are if `queued`
    more do not. All are released at its end.
    """
    handles: list[RunHandle] = []

    async def inside() -> int:
        return sum(any(one.step == step for one in sink.executions(h.nonce)) for h in handles)

    try:
        for _ in range(begun + queued):
            nonce = new_nonce()
            sink.hold(nonce, step)
            handles.append(await run_of(runs, 2 * step + 1, nonce=nonce))
        await eventually(f"runs inside step {step}", inside, begun)
        yield handles
    finally:
        for handle in handles:
            sink.release(handle.nonce)


def under_way(sink: Sink, handles: Sequence[RunHandle]) -> list[RunHandle]:
    """Those whose latest step has begun and not ended."""
    latest = {handle: sink.executions(handle.nonce)[-1:] for handle in handles}
    return [handle for handle, last in latest.items() if last and last[0].end_t is None]


def workers_of(small: Small, sink: Sink, handles: Sequence[RunHandle]) -> list[str | None]:
    """The replica that executed the latest step of each."""
    latest = [sink.executions(handle.nonce)[-1] for handle in handles]
    return [small.levers.owner(one.pid, one.host) for one in latest]


def per_worker(small: Small, sink: Sink, handles: Sequence[RunHandle]) -> Counter[str | None]:
    """How many of these runs each worker is executing."""
    return Counter(workers_of(small, sink, under_way(sink, handles)))
