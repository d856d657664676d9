"""Cancelling a run that has not begun."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

DELAY_S = 1.0
AT_ONCE_S = 3.0


@requirement("CAN-04")
async def test_a_cancelled_queued_run_never_executes(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as ahead:
        queued = await runs.create(thread_id, "chain", {"steps": 1})
        behind = await runs.create(thread_id, "chain", {"steps": 1})
        expect(await runs.cancel(queued), 200, 202, 204)
        same("status", await runs.until_terminal(queued, AT_ONCE_S), "interrupted")
        same("status of the run ahead", await runs.status(ahead), "running")
        same("status of the run behind", await runs.status(behind), "pending")
    assert await runs.final_snapshot([ahead, queued, behind]), "not every run has ended"
    same("status of the run behind", await runs.status(behind), "success")
    same("executions of the cancelled run", sink.executions(queued.nonce), [])
    same("status of the cancelled run", await runs.status(queued), "interrupted")


@requirement("CAN-04")
async def test_a_cancelled_delayed_run_never_executes(runs: Runs, sink: Sink) -> None:
    """A run on another thread that is due a little later shows that its time has come."""
    thread_id, other_id = await runs.new_thread(), await runs.new_thread()
    given = {"steps": 1}
    delayed = await runs.create(thread_id, "chain", given, after_seconds=DELAY_S)
    later = await runs.create(other_id, "chain", given, after_seconds=DELAY_S + 0.2)
    expect(await runs.cancel(delayed), 200, 202, 204)
    same("status", await runs.until_terminal(delayed, AT_ONCE_S), "interrupted")
    same("status of the later run", await runs.until_terminal(later), "success")
    after, _ = await runs.wait(thread_id, "chain", given)
    same("executions of the cancelled run", sink.executions(delayed.nonce), [])
    same("status of the cancelled run", await runs.status(delayed), "interrupted")
    same("status of the next run of its thread", await runs.status(after), "success")


@requirement("CAN-03")
async def test_cancel_with_wait_of_a_queued_run_answers_while_others_go_on(
    runs: Runs, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as ahead:
        queued = await runs.create(thread_id, "chain", {"steps": 1})
        response = await runs.cancel(queued, wait=True)
        same("status after the answer", await runs.status(queued), "interrupted")
        expect(response)
        same("status of the run ahead", await runs.status(ahead), "running")
    same("status of the run ahead", await runs.until_terminal(ahead), "success")
