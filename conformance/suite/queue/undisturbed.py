"""Three hundred runs that nothing disturbs: on threads, stateless, in batches, and one long one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onceproof.conformance.history.vocabulary import NO_SUCH_ROUTE, TERMINAL
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.recovery import has_short_lease, longer_than_a_lease_s
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

THREADS = 40
EACH = 5
STATELESS = 60
BATCHES = 2
BATCH = 20
STEPS = 2

END_S = 120.0
#: How long the long one takes where leases are too long to outlast.
LONG_S = 2.0


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
        """Return the statuses with which these ended; None stands for a run that is gone."""
        return {(self.ended[handle.nonce] or {}).get("status") for handle in handles}


async def run_in_peace(runs: Runs, session: Session) -> Undisturbed:
    """Create them all at once, and see each of them through."""
    threads = await gather_within_limit(runs.new_thread() for _ in range(THREADS))
    seconds = longer_than_a_lease_s(session) if has_short_lease(session) else LONG_S
    long = await runs.create(await runs.new_thread(), "slow", {"seconds": seconds})
    body = {"steps": STEPS}
    on_threads = await gather_within_limit(
        runs.create(each, "chain", body) for each in threads * EACH
    )
    without = await gather_within_limit(runs.create(None, "chain", body) for _ in range(STATELESS))
    for _ in range(BATCHES):
        without += await _batch(runs, body)
    handles = [long, *on_threads, *without]
    shown = await gather_within_limit(
        _see_through(runs, session.sink, handle, 1 if handle is long else STEPS)
        for handle in handles
    )
    ended = {handle.nonce: run for handle, run in zip(handles, shown, strict=True)}
    await runs.final_snapshot(handles)
    return Undisturbed(on_threads, without, long, ended)


async def _batch(runs: Runs, body: dict[str, Any]) -> list[RunHandle]:
    """A batch; without the route, which RUN-24 demands, as many runs one by one."""
    try:
        return await runs.batch([{"graph": "chain", "input": body}] * BATCH)
    except RunRefused as refused:
        if refused.status not in NO_SUCH_ROUTE:
            raise
        return await gather_within_limit(runs.create(None, "chain", body) for _ in range(BATCH))


def find_repeated_steps(sink: Sink, handles: Sequence[RunHandle]) -> dict[str, list[Any]]:
    """Return the steps of the `chain` runs that did not execute each step once, by nonce."""
    steps = {
        handle.nonce: [one.step for one in sink.executions(handle.nonce)] for handle in handles
    }
    return {nonce: each for nonce, each in steps.items() if each != list(range(STEPS))}


def nonces_of(handles: Sequence[RunHandle]) -> list[str]:
    """Return the nonces of these runs."""
    return [handle.nonce for handle in handles]


async def _see_through(
    runs: Runs, sink: Sink, handle: RunHandle, steps: int
) -> dict[str, Any] | None:
    # A stateless run may be gone before anybody read it: the sink knows when it is over.
    await sink.async_wait_for(handle.nonce, "end", steps, timeout_s=END_S)
    run = await runs.read(handle)
    if run is None or run["status"] in TERMINAL:
        return run
    await runs.until_terminal(handle, END_S)
    return await runs.read(handle)
