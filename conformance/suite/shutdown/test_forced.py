"""A shutdown that is cut short, by a second signal or by a crash, is as safe as a crash."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import anyio

from onceproof.conformance.faults import revive, stop_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import find_workers, hold_runs
from onceproof.conformance.suite.kit.recovery import recovery_s
from onceproof.conformance.suite.kit.scene import Scene, scene_of_small
from onceproof.conformance.suite.kit.small_deployment import GRACE_S, MARGIN_S, Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.suite.shutdown.stopped import SIGNAL_S, find_damage
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs


@dataclass(frozen=True)
class CutShort:
    """One worker got SIGTERM twice, the other got it once and was then killed: their runs."""

    signalled_twice: list[RunHandle]
    killed: list[RunHandle]
    statuses: dict[str, str | None]
    exit_status: int | None
    took_s: float

    def ends(self, handles: list[RunHandle]) -> set[str | None]:
        """Return the statuses with which these ended."""
        return {self.statuses[handle.nonce] for handle in handles}


async def _cut_short(small: Small, runs: Runs, session: Session) -> CutShort:
    sink = session.sink
    if len(small.workers) < 2:
        inconclusive("the target has only one worker")
    recovery = recovery_s(session)
    async with hold_runs(runs, sink, small.slots, step=1) as handles:
        owners = dict(zip(handles, find_workers(small, sink, handles), strict=True))
        nonces, limit_s = [handle.nonce for handle in handles], GRACE_S + MARGIN_S
        twice, killed = small.workers[:2]
        with (
            stop_replica(session, small.levers, twice, nonces, wait_s=limit_s) as ending,
            stop_replica(session, small.levers, killed, nonces, wait_s=limit_s),
        ):
            await anyio.sleep(SIGNAL_S)
            small.levers.kill(killed)
            begin = time.monotonic()
            small.levers.terminate(twice, 0)
            exit_status = await asyncio.wrap_future(ending)
            took_s = time.monotonic() - begin
            await asyncio.to_thread(revive, small.levers, small.names)
        for nonce in nonces:
            sink.release(nonce)
        ends = await wait_for_ends(runs, handles, recovery + 60)
    await runs.final_snapshot(handles)
    return CutShort(
        [handle for handle in handles if owners[handle] == twice],
        [handle for handle in handles if owners[handle] == killed],
        dict(zip(nonces, ends, strict=True)),
        exit_status,
        took_s,
    )


scene = scene_of_small("SHD-15", _cut_short)


@requirement("SHD-07")
async def test_a_second_signal_ends_the_process_and_damages_nothing(
    scene: Scene[CutShort],
    small_runs: Runs,
    session: Session,
    observe: Callable[[str], None],
) -> None:
    played = await scene()
    assert played.exit_status is not None, (
        f"the worker was still there {GRACE_S + MARGIN_S:g} s after two signals; "
        f"its grace is {GRACE_S} s"
    )
    observe(f"a second signal ends the process after {played.took_s:.1f} s")
    same("statuses of its runs", played.ends(played.signalled_twice), {"success"})
    same("damage", await find_damage(session, small_runs, played.signalled_twice), [])


@requirement("SHD-15")
async def test_a_crash_while_stopping_loses_nothing(
    scene: Scene[CutShort], small_runs: Runs, session: Session
) -> None:
    played = await scene()
    same("statuses of its runs", played.ends(played.killed), {"success"})
    same("damage", await find_damage(session, small_runs, played.killed), [])
