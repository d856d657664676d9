"""Strategy reject: no new run while another one is unfinished."""

import asyncio

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_refusal, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed, read_ledger
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

RACERS = 32
#: The first one has no open connections to race on.
ROUNDS = 5


async def expect_rejection(runs: Runs, thread_id: str) -> None:
    """Expect 409 for a run under `reject`."""
    with pytest.raises(RunRefused) as refusal:
        await runs.create(thread_id, "chain", {}, multitask_strategy="reject")
    assert refusal.value.response is not None
    expect_refusal(refusal.value.response, 409)


@requirement("MUL-04")
async def test_reject_refuses_while_a_run_is_unfinished(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1) as held:
        await expect_rejection(runs, thread_id)
        queued = await runs.create(thread_id, "chain", {"steps": 1})
        await expect_rejection(runs, thread_id)
        same("status of the run under way", await runs.status(held), "running")
    assert await runs.final_snapshot([held, queued]), "the accepted runs have not ended"
    same("status of the first run", await runs.status(held), "success")
    wanted = [(held.nonce, 0), (held.nonce, 1), (held.nonce, 2), (queued.nonce, 0)]
    same("the thread's log", await read_ledger(runs.api, thread_id), wanted)
    same("executions of the first run", len(sink.executions(held.nonce)), 3)


@requirement("MUL-04")
async def test_reject_on_an_idle_thread_is_a_plain_run(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    for _ in range(2):
        handle, _ = await runs.wait(thread_id, "chain", {"steps": 1}, multitask_strategy="reject")
        same("status", await runs.status(handle), "success")


@requirement("MUL-05")
async def test_of_racing_rejects_exactly_one_is_accepted(runs: Runs, sink: Sink) -> None:
    for _ in range(ROUNDS):
        thread_id = await runs.new_thread()
        nonces = [new_nonce() for _ in range(RACERS)]
        for nonce in nonces:
            sink.hold(nonce)  # whoever wins stays unfinished until all have been answered
        answers = await asyncio.gather(
            *(_race(runs, thread_id, nonce, place) for place, nonce in enumerate(nonces))
        )
        for nonce in nonces:
            sink.release(nonce)
        accepted = [answer for answer in answers if isinstance(answer, RunHandle)]
        same("number of racing rejects that were accepted", len(accepted), 1)
        refusals = {answer for answer in answers if isinstance(answer, int)}
        same("answers to all others", refusals, {409})
        same("status of the winner", await runs.until_terminal(accepted[0]), "success")


async def _race(runs: Runs, thread_id: str, nonce: str, place: int) -> RunHandle | int | None:
    """The accepted run, the status of a refusal, or None for a request that never arrived."""
    at = place % len(runs.api.urls)
    try:
        return await runs.create(
            thread_id, "chain", {"steps": 1}, nonce=nonce, at=at, multitask_strategy="reject"
        )
    except RunRefused as refusal:
        return refusal.status
    except OutcomeUnknown as unknown:
        return await runs.recover(unknown)


@requirement("MUL-06")
async def test_a_delayed_run_counts_as_unfinished_for_reject(runs: Runs, observe: Observed) -> None:
    thread_id = await runs.new_thread()
    delayed = await runs.create(thread_id, "chain", {"steps": 1}, after_seconds=60)
    try:
        other = await runs.create(thread_id, "chain", {"steps": 1}, multitask_strategy="reject")
    except RunRefused as refusal:
        same("answer to reject behind a delayed run", refusal.status, 409)
        observe("reject behind a delayed run: 409")
    else:
        same("status of the accepted run", await runs.until_terminal(other), "success")
        observe("reject behind a delayed run: accepted")
    await runs.cancel(delayed)
    same("status of the delayed run", await runs.until_terminal(delayed), "interrupted")
