"""A worker that gets SIGTERM: it finishes what it can, hands over the rest, and exits."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.scene import Scene, scene_of_small
from onceproof.conformance.suite.kit.small_deployment import GRACE_S, MARGIN_S
from onceproof.conformance.suite.shutdown.stopped import STEPS, Stopped, find_damage, stop_worker
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

scene = scene_of_small("SHD-03", stop_worker)


@requirement("SHD-01")
async def test_a_stopping_worker_begins_no_further_run(scene: Scene[Stopped]) -> None:
    same("runs begun by the stopping worker", (await scene()).begun, [])


@requirement("SHD-02")
async def test_a_run_that_ends_within_the_grace_ends_normally(
    scene: Scene[Stopped], sink: Sink
) -> None:
    played = await scene()
    same("status", played.finished_status, "success")
    executions = sink.executions(played.finished.nonce)
    same("steps executed", [one.step for one in executions], list(range(STEPS)))
    same("processes that executed it", len({(one.host, one.pid) for one in executions}), 1)


@requirement("SHD-03")
async def test_the_other_runs_are_pending_by_the_time_it_has_ended(scene: Scene[Stopped]) -> None:
    # All other slots are taken, and the leases have not passed: only the worker can have done it.
    same("statuses when it had stopped", (await scene()).after, {"pending"})


@requirement("SHD-03")
async def test_the_other_runs_go_on_in_another_worker(
    scene: Scene[Stopped], small_runs: Runs, sink: Sink, session: Session
) -> None:
    played = await scene()
    same("statuses in the end", played.ends, {"success"})
    same("damage", await find_damage(session, small_runs, played.handed_over), [])
    for handle in played.handed_over:
        executions = sink.executions(handle.nonce)
        same("executions of the step before", [one.step for one in executions].count(0), 1)
        same("processes that executed it", len({(one.host, one.pid) for one in executions}), 2)


@requirement("SHD-04")
async def test_a_stopped_worker_exits_cleanly_and_in_time(scene: Scene[Stopped]) -> None:
    played = await scene()
    same(f"exit status after {played.took_s:.1f} s", played.exit_status, 0)
    assert played.took_s < GRACE_S + MARGIN_S, (
        f"the worker took {played.took_s:.1f} s to end, but its grace is {GRACE_S} s"
    )


@requirement("SHD-06")
async def test_a_run_that_is_handed_on_never_looks_failed(scene: Scene[Stopped]) -> None:
    played = await scene()
    same(
        "other statuses than pending and running while the worker stopped",
        played.while_stopping - {"pending", "running"},
        set(),
    )
