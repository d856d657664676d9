"""Strategy rollback: the earlier run has never been."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import (
    Observed,
    checkpoints_with,
    ledger_entries,
    read_ledger,
)
from onceproof.conformance.suite.multitask.displaced import displace
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@requirement("MUL-08")
async def test_rollback_removes_the_earlier_run_and_its_traces(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    before, _ = await runs.wait(thread_id, "chain", {"steps": 2})
    async with hold_run(runs, sink, thread_id, step=2, steps=4, durability="sync") as earlier:
        assert await checkpoints_with(runs.api, thread_id, earlier.nonce), (
            "the earlier run left no trace"
        )
        newcomer = await runs.create(
            thread_id, "chain", {"steps": 1}, multitask_strategy="rollback"
        )
        same("status of the earlier run", await runs.until_terminal(earlier), None)
        values = await runs.join(newcomer)
    for at in range(len(runs.api.urls)):
        same(f"the earlier run on replica {at}", await runs.read(earlier, at=at), None)
    same(
        "the log",
        ledger_entries(values),
        [(before.nonce, 0), (before.nonce, 1), (newcomer.nonce, 0)],
    )
    same(
        "traces of the earlier run", await checkpoints_with(runs.api, thread_id, earlier.nonce), []
    )
    same("status of the run before it", await runs.status(before), "success")
    assert await runs.final_snapshot([before, earlier, newcomer]), "not every run has ended"


@requirement("MUL-08")
async def test_rollback_on_a_new_thread_starts_from_nothing(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1, durability="sync") as earlier:
        newcomer = await runs.create(
            thread_id, "chain", {"steps": 1}, multitask_strategy="rollback"
        )
        same("the log", ledger_entries(await runs.join(newcomer)), [(newcomer.nonce, 0)])
    assert await runs.final_snapshot([earlier, newcomer]), "not every run has ended"
    same("the earlier run", await runs.read(earlier), None)
    same(
        "traces of the earlier run", await checkpoints_with(runs.api, thread_id, earlier.nonce), []
    )


@requirement("MUL-09")
async def test_rollback_reaches_every_waiting_run(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    scene = await displace(runs, sink, "rollback", become=None)
    same(
        "the thread's log",
        await read_ledger(runs.api, scene.thread_id),
        [(scene.newcomer.nonce, 0)],
    )
    touched = await runs.status(scene.delayed) is None
    observe(f"rollback and a delayed run: {'removed' if touched else 'left untouched'}")
    if not touched:
        await runs.cancel(scene.delayed)
    assert await runs.final_snapshot(scene.everyone), "not all have ended"
