"""A worker leaves in good order and comes back, under clients that wait for run after run."""

import asyncio
import time
from dataclasses import dataclass, field

from onceproof.conformance.faults import stop_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.scene import Scene, scene_of_small
from onceproof.conformance.suite.kit.small_deployment import GRACE_S, Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: More than there are slots, so that something is always queued.
CLIENTS = 8
PATIENCE_S = 30.0
#: A few seconds, on a machine that was busy with the start itself.
TAKES_UP_S = 5.0


@dataclass
class Clients:
    """Clients that wait for one run after another, each on its own thread, until stopped."""

    runs: Runs
    stopped: bool = False
    done: list[RunHandle] = field(default_factory=list)

    async def client(self) -> None:
        """Wait for run after run; an answer other than the run's own result is an error."""
        thread_id = await self.runs.new_thread()
        body = {"steps": 1, "sleep_ms": 400}
        while not self.stopped:
            handle, values = await self.runs.wait(thread_id, "chain", body)
            same("nonce in the result", values["log"][-1]["nonce"], handle.nonce)
            self.done.append(handle)

    async def wait_for_more(self, count: int) -> None:
        """Wait until `count` more runs have ended."""
        enough = len(self.done) + count

        async def has_enough() -> bool:
            return len(self.done) >= enough

        await expect_eventually(
            f"that {count} more runs end", has_enough, True, within_s=PATIENCE_S
        )


@dataclass
class Membership:
    """What happened; `joined_s` is how soon the worker that came back began a run, if it did."""

    handles: list[RunHandle]
    exit_status: int | None
    joined_s: float | None


async def _leave_and_join(small: Small, runs: Runs, session: Session) -> Membership:
    if len(small.workers) < 2:
        inconclusive("the target has only one worker")
    worker, clients = small.workers[-1], Clients(runs)
    working = asyncio.gather(*(clients.client() for _ in range(CLIENTS)))
    await clients.wait_for_more(CLIENTS)
    # No run is named: each has time to end before the worker does, so nothing is excused.
    with stop_replica(session, small.levers, worker, [], wait_s=GRACE_S + PATIENCE_S) as ending:
        exit_status = await asyncio.wrap_future(ending)
        await clients.wait_for_more(CLIENTS)
        await asyncio.to_thread(small.levers.start, worker)
        up_t = time.monotonic_ns()
        await clients.wait_for_more(3 * CLIENTS)
    clients.stopped = True
    await working
    began = _first_begin(small, session.sink, clients.done, worker, up_t)
    await runs.final_snapshot(clients.done)
    joined_s = None if began is None else (began - up_t) / 1e9
    return Membership(clients.done, exit_status, joined_s)


def _first_begin(
    small: Small, sink: Sink, handles: list[RunHandle], worker: str, after_t: int
) -> int | None:
    """When a worker first began a run after some time, both in monotonic ns."""
    executions = [one for handle in handles for one in sink.executions(handle.nonce)]
    later = [one for one in executions if one.begin_t > after_t]
    mine = [one.begin_t for one in later if small.levers.owner(one.pid, one.host) == worker]
    return min(mine, default=None)


scene = scene_of_small("REP-06", _leave_and_join)


@requirement("REP-06")
async def test_a_worker_that_leaves_takes_nothing_with_it(
    scene: Scene[Membership], session: Session
) -> None:
    played = await scene()
    assert played.exit_status is not None, (
        f"the worker still runs {GRACE_S + PATIENCE_S:g} s after SIGTERM"
    )
    nonces = [handle.nonce for handle in played.handles]
    assert_checks(session, nonces, "lost", "duplicate", "overlap")


@requirement("REP-05")
async def test_a_worker_that_joins_takes_up_work_soon(scene: Scene[Membership]) -> None:
    joined_s = (await scene()).joined_s
    assert joined_s is not None, "the worker that was started under load was given no run"
    assert joined_s < TAKES_UP_S, f"it began its first run {joined_s:.1f} s after it was healthy"
