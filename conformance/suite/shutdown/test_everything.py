"""After all processes were killed at once, what was accepted and committed is still there."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.scene import Scene, scene_of_small
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.suite.shutdown.everything import ANSWER, Killed, kill_everything
from onceproof.conformance.suite.shutdown.stopped import find_damage
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: How much later than its time a delayed run may start: nothing hurries, but nothing is stuck.
LATE_S = 5.0


scene = scene_of_small("SHD-10", kill_everything)


@requirement("SHD-10")
async def test_every_accepted_run_ends_well(
    scene: Scene[Killed], small_runs: Runs, session: Session
) -> None:
    played = await scene()
    same("statuses", set(played.ends.values()), {"success"})
    handles = [*played.running, *played.queued]
    same("damage", await find_damage(session, small_runs, handles), [])


@requirement("SHD-10")
async def test_all_committed_data_is_there(scene: Scene[Killed]) -> None:
    played = await scene()
    for what, value in played.before.items():
        same(f"{what} after the restart", played.after[what], value)


@requirement("SHD-16")
async def test_a_thread_that_waits_at_an_interrupt_can_be_resumed(scene: Scene[Killed]) -> None:
    resumed = (await scene()).resumed
    same("answer in the state", resumed["values"].get("answer"), ANSWER)
    same("next", resumed["next"], [])


@requirement("SHD-17")
async def test_a_delayed_run_starts_at_its_time(scene: Scene[Killed], sink: Sink) -> None:
    played = await scene()
    same("status", played.ends[played.delayed.nonce], "success")
    [execution] = sink.executions(played.delayed.nonce)
    # Whatever was accepted before it may be taken up before it: it may have filled the slots.
    ahead = [*played.running, *played.queued]
    last_t = max(each.begin_t for handle in ahead for each in sink.executions(handle.nonce))
    late_s = (execution.begin_t - max(played.due_t, played.up_t, last_t)) / 1e9
    early_s = (played.due_t - execution.begin_t) / 1e9
    assert early_s < 0.5, f"the delayed run started {early_s:.1f} s early"
    assert late_s < LATE_S, (
        f"the delayed run started {late_s:.1f} s late, with all processes up and all runs that "
        "were accepted before it begun"
    )


@requirement("SHD-18")
async def test_a_webhook_that_was_called_is_not_called_again(
    scene: Scene[Killed], api: Api
) -> None:
    if not await claims(api, "POST", "/threads/{thread_id}/runs", "webhook"):
        not_applicable("the target does not claim to call webhooks")
    before, after = (await scene()).calls
    if not before:
        inconclusive("the webhook of a run that had ended was not called before the crash")
    same("calls of the webhook", after, before)
