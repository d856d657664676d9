"""While nothing breaks: every accepted run happens, happens once, and ends for good."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.recovery import lease_s, longer_than_a_lease_s
from onceproof.conformance.suite.kit.scene import Scene, scene_of
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.queue.undisturbed import (
    END_S,
    Undisturbed,
    find_repeated_steps,
    nonces_of,
    run_in_peace,
)
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

SUCCESS = {"success"}
ENDED = 5


scene = scene_of("QUE-01", run_in_peace)


@requirement("QUE-01")
async def test_every_accepted_run_ends(scene: Scene[Undisturbed], session: Session) -> None:
    played = await scene()
    same("statuses", played.statuses([played.long, *played.on_threads]), SUCCESS)
    assert_checks(session, nonces_of(played.on_threads), "lost")


@requirement("QUE-02")
async def test_every_run_is_executed_by_one_attempt(
    scene: Scene[Undisturbed], sink: Sink, session: Session
) -> None:
    played = await scene()
    same("runs with steps not executed once", find_repeated_steps(sink, played.on_threads), {})
    assert_checks(session, nonces_of(played.on_threads), "duplicate", "phantom")


@requirement("QUE-03")
async def test_no_run_has_two_attempts_at_once(scene: Scene[Undisturbed], session: Session) -> None:
    assert_checks(session, nonces_of((await scene()).on_threads), "overlap")


@requirement("QUE-17")
async def test_stateless_and_batch_runs_happen_once_too(
    scene: Scene[Undisturbed], sink: Sink, session: Session
) -> None:
    played = await scene()
    same("statuses other than success", played.statuses(played.without) - {None, *SUCCESS}, set())
    same("runs with steps not executed once", find_repeated_steps(sink, played.without), {})
    assert_checks(session, nonces_of(played.without), "lost", "duplicate", "overlap")


@requirement("REP-04")
async def test_several_workers_share_the_runs_and_keep_every_guarantee(
    scene: Scene[Undisturbed], sink: Sink, session: Session
) -> None:
    played = await scene()
    executions = [one for handle in played.short for one in sink.executions(handle.nonce)]
    workers = {(one.host, one.pid) for one in executions}
    if len(workers) < 2:
        inconclusive("all runs were executed by one process")
    checks = ["lost", "duplicate", "overlap", "thread_overlap"]
    checks += ["stale_commit", "monotonic_status"]
    assert_checks(session, nonces_of([*played.short, played.long]), *checks)


@requirement("QUE-23")
async def test_a_node_that_awaits_longer_than_the_lease_is_executed_once(
    scene: Scene[Undisturbed], sink: Sink, session: Session
) -> None:
    lease_s(session)
    played = await scene()
    same("executions", len(sink.executions(played.long.nonce)), 1)
    same("status", played.statuses([played.long]), SUCCESS)


@requirement("QUE-04")
async def test_an_ended_run_never_changes_again(runs: Runs, session: Session) -> None:
    # The long one measures the time in which leases pass, sweeps come, and zombies wake up.
    seconds = longer_than_a_lease_s(session)
    long = await runs.create(await runs.new_thread(), "slow", {"seconds": seconds})
    ended = {}
    for _ in range(ENDED):
        handle, _ = await runs.wait(await runs.new_thread(), "chain", {"steps": 1})
        ended[handle] = await runs.read(handle) or {}
        # Another run of its thread begins and ends, which is no matter of this one.
        await runs.wait(handle.thread_id, "chain", {"steps": 1})
    await runs.until_terminal(long, seconds + END_S)
    for handle, before in ended.items():
        now = await runs.read(handle) or {}
        for field in ("status", "updated_at"):
            same(f"{field} of a run that had ended", now.get(field), before.get(field))
    assert_checks(session, nonces_of(list(ended)), "monotonic_status")
