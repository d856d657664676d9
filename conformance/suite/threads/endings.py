"""All the ways in which a run can come to its end, or be made to vanish."""

from collections.abc import Awaitable, Callable
from typing import Any

from onceproof.conformance.suite.kit.assertions import answered
from onceproof.conformance.suite.kit.gates import held_run
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

Ending = Callable[[Runs, Sink, str], Awaitable[None]]

LATER_S = 600
REFUSED = 409


async def ended(runs: Runs, graph: str, thread_id: str) -> None:
    """By itself: with success, at an interrupt, or by an error."""
    await runs.wait(thread_id, graph, {})


async def pending(runs: Runs, thread_id: str) -> RunHandle:
    """A run that nothing but a cancel ends."""
    return await runs.create(thread_id, "chain", {}, after_seconds=LATER_S)


async def cancelled(runs: Runs, handle: RunHandle, action: str) -> None:
    answered(await runs.cancel(handle, action=action), 200, 202, 204)
    await runs.until_terminal(handle)


async def deleted(runs: Runs, handle: RunHandle) -> None:
    """Deleted, or cancelled where the target refuses to delete a run that is not over."""
    response = await runs.delete(handle)
    if response.status_code == REFUSED:
        await cancelled(runs, handle, "interrupt")
        response = await runs.delete(handle)
    answered(response, 200, 204)


async def replaced(runs: Runs, handle: RunHandle, strategy: str) -> None:
    """Made way for by a newer run on the thread, which succeeds."""
    newer = await runs.create(handle.thread_id, "chain", {}, multitask_strategy=strategy)
    await runs.until_terminal(newer)
    await runs.until_terminal(handle)


def of_pending(end: Callable[..., Awaitable[None]], *how: Any) -> Ending:
    """`end` comes while the run is pending."""

    async def ending(runs: Runs, sink: Sink, thread_id: str) -> None:
        await end(runs, await pending(runs, thread_id), *how)

    return ending


def of_running(end: Callable[..., Awaitable[None]], *how: Any) -> Ending:
    """`end` comes while a worker is inside the run's second step."""

    async def ending(runs: Runs, sink: Sink, thread_id: str) -> None:
        async with held_run(runs, sink, thread_id, step=1) as handle:
            await end(runs, handle, *how)

    return ending


def by_itself(graph: str) -> Ending:
    """Nothing happens to the run."""

    async def ending(runs: Runs, sink: Sink, thread_id: str) -> None:
        await ended(runs, graph, thread_id)

    return ending


ENDINGS: dict[str, Ending] = {
    "success": by_itself("chain"),
    "interrupt": by_itself("hitl"),
    "error": by_itself("fail"),
    "pending-cancelled": of_pending(cancelled, "interrupt"),
    "pending-rolled-back": of_pending(cancelled, "rollback"),
    "pending-deleted": of_pending(deleted),
    "pending-replaced": of_pending(replaced, "interrupt"),
    "pending-replaced-by-rollback": of_pending(replaced, "rollback"),
    "running-cancelled": of_running(cancelled, "interrupt"),
    "running-rolled-back": of_running(cancelled, "rollback"),
    "running-deleted": of_running(deleted),
    "running-replaced": of_running(replaced, "interrupt"),
    "running-replaced-by-rollback": of_running(replaced, "rollback"),
}
