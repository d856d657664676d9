"""Three hundred runs that nothing disturbs: on threads, stateless, in batches, and one long one."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.session import Session
from conformance.suite.queue.scenes import held
from conformance.wire.handles import RunHandle
from conformance.wire.runs import Runs
from conformance.witness import Sink

THREADS = 40
EACH = 5
STATELESS = 60
BATCHES = 2
BATCH = 20
STEPS = 2

READS_AT_ONCE = 16
END_S = 120.0


@dataclass(frozen=True)
class Undisturbed:
    """The runs, and each as it was shown when it had just ended: None if it was gone by then."""

    on_threads: list[RunHandle]
    without: list[RunHandle]
    long: RunHandle
    ended: dict[str, dict[str, Any] | None]

    @property
    def short(self) -> list[RunHandle]:
        """All but the long one."""
        return [*self.on_threads, *self.without]

    def statuses(self, handles: Sequence[RunHandle]) -> set[str | None]:
        """With which statuses these ended; None stands for a run that is gone."""
        return {(self.ended[handle.nonce] or {}).get("status") for handle in handles}


async def undisturbed(runs: Runs, session: Session) -> Undisturbed:
    """Create them all at once, and see each of them through."""
    threads = await asyncio.gather(*(runs.new_thread() for _ in range(THREADS)))
    seconds = longer_than_a_lease_s(session)
    long = await runs.create(await runs.new_thread(), "slow", {"seconds": seconds})
    body = {"steps": STEPS}
    on_threads = await asyncio.gather(
        *(runs.create(thread_id, "chain", body) for thread_id in threads * EACH)
    )
    without = await asyncio.gather(*(runs.create(None, "chain", body) for _ in range(STATELESS)))
    for _ in range(BATCHES):
        without += await runs.batch([{"graph": "chain", "input": body}] * BATCH)
    handles = [long, *on_threads, *without]

    steps = dict.fromkeys(handles, STEPS) | {long: 1}
    shown = await _together(handles, lambda each: _over(runs, session.sink, each, steps[each]))
    await runs.final_snapshot(handles)
    return Undisturbed(on_threads, without, long, shown)


def longer_than_a_lease_s(session: Session) -> float:
    """Long enough for a lease that was not extended to run out and to be found."""
    return (session.options.lease_ms + session.options.sweep_ms) / 1000 + 0.5


def repeated(sink: Sink, handles: Sequence[RunHandle]) -> dict[str, list[Any]]:
    """The steps that each of these `chain` runs executed, where that is not each once."""
    steps = {
        handle.nonce: [one.step for one in sink.executions(handle.nonce)] for handle in handles
    }
    return {nonce: each for nonce, each in steps.items() if each != list(range(STEPS))}


def all_held(session: Session, checks: Sequence[str], handles: Sequence[RunHandle]) -> None:
    """The history of these runs passes each of the checks."""
    __tracebackhide__ = True
    for check in checks:
        held(session, check, [handle.nonce for handle in handles])


async def read_all(runs: Runs, handles: Sequence[RunHandle]) -> dict[str, dict[str, Any] | None]:
    """Each run by its nonce, as the server shows it now."""
    gate = asyncio.Semaphore(READS_AT_ONCE)

    async def one(handle: RunHandle) -> dict[str, Any] | None:
        async with gate:
            return await runs.read(handle)

    return await _together(handles, one)


async def _over(runs: Runs, sink: Sink, handle: RunHandle, steps: int) -> dict[str, Any] | None:
    # A stateless run may be gone before anybody read it: the sink knows when it is over.
    await sink.async_wait_for(handle.nonce, "end", steps, timeout_s=END_S)
    await runs.until_terminal(handle, END_S)
    return await runs.read(handle)


async def _together(
    handles: Sequence[RunHandle], read: Callable[[RunHandle], Awaitable[dict[str, Any] | None]]
) -> dict[str, dict[str, Any] | None]:
    shown = await asyncio.gather(*(read(handle) for handle in handles))
    return {handle.nonce: run for handle, run in zip(handles, shown, strict=True)}
