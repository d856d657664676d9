"""Cancelling a run that is running."""

import asyncio
import time

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.kit.waiting import within
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: A few seconds.
SOON_S = 5.0
#: Less than the pause of a keep-alive, at which a server would look again by itself.
PROMPT_S = 4.0
BLOCK_S = 1.0


def find_responsive_replica(session: Session, sink: Sink, nonce: str) -> int | None:
    """Return the place of a replica that this run does not block, None if any will do.

    A process that executes runs and answers requests would read the cancel after the block.
    """
    levers = session.target.levers
    [execution] = sink.executions(nonce)
    if levers is None:
        return None
    owner = levers.owner(execution.pid, execution.host)
    urls = [each.url for each in session.target.replicas if each.name != owner]
    places = [n for n, url in enumerate(session.target.urls) if url in urls]
    return places[0] if places else None


@requirement("CAN-01")
async def test_a_running_run_is_interrupted_within_seconds(runs: Runs, sink: Sink) -> None:
    async with hold_run(runs, sink, await runs.new_thread()) as handle:
        await runs.cancel(handle)
        same("status", await runs.until_terminal(handle, SOON_S), "interrupted")
    same("effects", [each for one in sink.executions(handle.nonce) for each in one.effects], [])


@requirement("CAN-01", "REP-03")
async def test_a_run_can_be_cancelled_through_every_replica(runs: Runs, sink: Sink) -> None:
    """Of two replicas at most one executes the run."""
    here, there = require_two_replicas(runs.api)
    for at in (here, there):
        async with hold_run(runs, sink, await runs.new_thread(), at=here) as handle:
            expect(await runs.cancel(handle, at=at), 200, 202, 204)
            status = await runs.until_terminal(handle, SOON_S)
            same(f"status after a cancel through replica {at}", status, "interrupted")


@requirement("CAN-02")
async def test_cancel_without_wait_answers_at_once_and_empty(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    async with hold_run(runs, sink, await runs.new_thread()) as handle:
        asked = time.monotonic()
        response = await runs.cancel(handle)
        took_s = time.monotonic() - asked
        same("status", await runs.until_terminal(handle), "interrupted")
    expect(response, 202, 204, 200)
    assert response.content.strip() in (b"", b"null", b"{}"), f"the body is {response.text[:200]!r}"
    assert took_s < SOON_S, f"the answer took {took_s:.1f} s"
    observe(f"cancel without wait: {response.status_code}, body {response.text!r}")


@requirement("CAN-03")
async def test_cancel_with_wait_answers_when_the_run_has_ended(
    runs: Runs, sink: Sink, session: Session
) -> None:
    """A node that blocks its processor cannot end at once, so an early answer shows."""
    handle = await runs.create(await runs.new_thread(), "block", {"seconds": BLOCK_S})
    await sink.async_wait_for(handle.nonce, "begin")
    response = await runs.cancel(
        handle, wait=True, at=find_responsive_replica(session, sink, handle.nonce)
    )
    status = await runs.status(handle)
    expect(response)
    assert response.content.strip(), "cancel with wait answered an empty body instead of JSON"
    assert status in TERMINAL, f"cancel with wait answered while the run was {status!r}"


@requirement("CAN-10")
async def test_a_blocking_node_is_cancelled_when_it_has_ended(
    runs: Runs, sink: Sink, session: Session
) -> None:
    handle = await runs.create(await runs.new_thread(), "block", {"seconds": BLOCK_S})
    await sink.async_wait_for(handle.nonce, "begin")
    await runs.cancel(handle, at=find_responsive_replica(session, sink, handle.nonce))
    same("status", await runs.until_terminal(handle, BLOCK_S + SOON_S), "interrupted")


@requirement("CAN-13")
async def test_streams_of_a_cancelled_run_close(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", {"total": 100, "sleep_ms": 500}) as created:
        await sink.async_wait_for(created.handle.nonce, "begin")
        async with runs.join_stream(created.handle) as joined:
            await runs.cancel(created.handle)
            async with within(PROMPT_S, "the end of both streams"):
                await asyncio.gather(created.collect(), joined.collect())
            same("how the streams ended", [created.stream.ended, joined.stream.ended], ["eof"] * 2)
    same("status", await runs.until_terminal(created.handle), "interrupted")


@requirement("CAN-08")
async def test_an_unknown_action_is_refused_or_means_interrupt(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    async with hold_run(runs, sink, await runs.new_thread()) as handle:
        response = await runs.cancel(handle, action="zz")
        if response.is_success:
            wanted = "interrupted"
            observe("unknown cancel action: treated as interrupt")
        else:
            expect_refusal(response, 422)
            wanted = "success"
            observe("unknown cancel action: 422")
            sink.release(handle.nonce)
        same("status", await runs.until_terminal(handle), wanted)
