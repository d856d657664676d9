"""Streams are live: events come when they are written, and the end comes when the run ends."""

import asyncio
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import gate, hold_run
from onceproof.conformance.suite.kit.streams import demand_ticks, payloads
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.subscriptions import Subscription
from onceproof.conformance.witness import Sink

#: Below the five seconds after which a server that missed the end would look for it.
CLOSE_S = 4.0


@requirement("STR-18")
async def test_events_arrive_while_the_node_that_writes_them_is_at_work(
    runs: Runs, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink, at="end") as nonce:
        body: dict[str, Any] = {"nonce": nonce, "stream_mode": "custom"}
        async with runs.stream(thread_id, "ticks", {"total": 50}, **body) as sub:
            events = await sub.collect(limit=51, timeout_s=10)
            same("status while they arrive", await runs.status(sub.handle), "running")
            sink.release(nonce)
            demand_ticks([*events, *await sub.collect()], nonce, 50)


@requirement("STR-18")
async def test_each_super_step_is_told_before_the_next_one_is_done(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    with gate(sink, 2) as nonce:
        body: dict[str, Any] = {"nonce": nonce, "stream_mode": "updates"}
        async with runs.stream(thread_id, "chain", {"steps": 3}, **body) as sub:
            # `metadata`, `begin` and the steps 0 and 1, while step 2 stands still.
            events = await sub.collect(limit=4, timeout_s=10)
            await sink.async_wait_for(nonce, "begin", step=2)
            sink.release(nonce)
            rest = await sub.collect()
    same("updates before the last step", len(payloads(events, "updates")), 3)
    same("updates after it", len(payloads(rest, "updates")), 1)


@requirement("STR-14")
@pytest.mark.parametrize(
    ("graph", "status"), [("ticks", "success"), ("fail", "error"), ("hitl", "success")]
)
async def test_the_stream_of_a_run_that_has_ended_closes(
    runs: Runs, graph: str, status: str
) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, graph, {}) as sub:
        await _closes_at_the_end(runs, sub, status)


@requirement("STR-14")
async def test_the_stream_of_a_client_that_joined_closes_too(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as running, runs.join_stream(running) as sub:
        sink.release(running.nonce)
        await _closes_at_the_end(runs, sub, "success")


@requirement("STR-14")
@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_the_stream_of_a_run_that_is_cancelled_closes(
    runs: Runs, sink: Sink, action: str
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as running, runs.join_stream(running) as sub:
        expect(await runs.cancel(running, action=action), 200, 202, 204)
        await _closes_at_the_end(runs, sub, "interrupted" if action == "interrupt" else None)


@requirement("STR-14")
async def test_the_stream_of_a_run_that_is_cancelled_before_it_begins_closes(
    runs: Runs, sink: Sink
) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id), runs.stream(thread_id, "chain", {}) as sub:
        expect(await runs.cancel(sub.handle), 200, 202, 204)
        await _closes_at_the_end(runs, sub, "interrupted")


async def _closes_at_the_end(runs: Runs, sub: Subscription, status: str | None) -> None:
    """The server ends the stream soon after the run has come to this status."""
    __tracebackhide__ = True
    reading = asyncio.create_task(sub.collect())
    same("status", await runs.until_terminal(sub.handle), status)
    await asyncio.wait({reading}, timeout=CLOSE_S)
    same(f"how the stream stands {CLOSE_S:g} s after the run's end", sub.stream.ended, "eof")
    await reading
