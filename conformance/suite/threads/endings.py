"""All the ways in which a run can end or be deleted."""

from collections.abc import Awaitable, Callable
from typing import Any

from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

Ending = Callable[[Runs, Sink, str], Awaitable[None]]

LATER_S = 600
REFUSED = 409


async def finish(runs: Runs, graph: str, thread_id: str) -> None:
    """Run a graph to its end: to success, to an interrupt, or to an error."""
    await runs.wait(thread_id, graph, {})


async def create_pending(runs: Runs, thread_id: str) -> RunHandle:
    """Create a run that stays pending until it is cancelled."""
    return await runs.create(thread_id, "chain", {}, after_seconds=LATER_S)


async def cancel(runs: Runs, handle: RunHandle, action: str) -> None:
    expect(await runs.cancel(handle, action=action), 200, 202, 204)
    await runs.until_terminal(handle)


async def delete(runs: Runs, handle: RunHandle) -> None:
    """Delete a run; cancel it first if the target refuses to delete an unfinished run."""
    response = await runs.delete(handle)
    if response.status_code == REFUSED:
        await cancel(runs, handle, "interrupt")
        response = await runs.delete(handle)
    expect(response, 200, 204)


async def replace(runs: Runs, handle: RunHandle, strategy: str) -> None:
    """Replace a run by a newer one on its thread, which succeeds."""
    newer = await runs.create(handle.thread_id, "chain", {}, multitask_strategy=strategy)
    await runs.until_terminal(newer)
    await runs.until_terminal(handle)


def while_pending(end: Callable[..., Awaitable[None]], *how: Any) -> Ending:
    """Return an ending that applies `end` while the run is pending."""

    async def ending(runs: Runs, sink: Sink, thread_id: str) -> None:
        await end(runs, await create_pending(runs, thread_id), *how)

    return ending


def while_running(end: Callable[..., Awaitable[None]], *how: Any) -> Ending:
    """Return an ending that applies `end` while a worker executes the run's second step."""

    async def ending(runs: Runs, sink: Sink, thread_id: str) -> None:
        async with hold_run(runs, sink, thread_id, step=1) as handle:
            await end(runs, handle, *how)

    return ending


def run_to_end(graph: str) -> Ending:
    """Return an ending that leaves the run alone until it ends by itself."""

    async def ending(runs: Runs, sink: Sink, thread_id: str) -> None:
        await finish(runs, graph, thread_id)

    return ending


ENDINGS: dict[str, Ending] = {
    "success": run_to_end("chain"),
    "interrupt": run_to_end("hitl"),
    "error": run_to_end("fail"),
    "pending-cancelled": while_pending(cancel, "interrupt"),
    "pending-rolled-back": while_pending(cancel, "rollback"),
    "pending-deleted": while_pending(delete),
    "pending-replaced": while_pending(replace, "interrupt"),
    "pending-replaced-by-rollback": while_pending(replace, "rollback"),
    "running-cancelled": while_running(cancel, "interrupt"),
    "running-rolled-back": while_running(cancel, "rollback"),
    "running-deleted": while_running(delete),
    "running-replaced": while_running(replace, "interrupt"),
    "running-replaced-by-rollback": while_running(replace, "rollback"),
}
