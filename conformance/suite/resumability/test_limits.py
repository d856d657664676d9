"""What a deployment with small limits does: a buffer that soon expires, and events too large.

Both limits are far beyond what a certification can wait for or send when they are left as they are
(120 seconds, 128 MiB), so a second deployment of the target is given small ones.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import (
    demand_ticks,
    event_names,
    expect_no_later,
    payloads,
    stream_run,
)
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs

TTL_S = 3
LIMIT = 100_000
CLOSE_S = 4.0
#: Servers may look for what has expired only now and then.
SWEEP_S = 10.0
POLL_S = 0.25
ENV = {"RESUMABLE_STREAM_TTL_SECONDS": str(TTL_S), "MAX_STREAM_CHUNK_SIZE_BYTES": str(LIMIT)}


@pytest.fixture(scope="module")
async def tight(session: Session) -> AsyncIterator[Api]:
    """Provide a second deployment of the target with small limits."""
    async with start_deployment(session, ENV) as deployment:
        yield deployment.api


@pytest.fixture
async def tight_runs(tight: Api, session: Session) -> AsyncIterator[Runs]:
    async with Runs(tight, session.history, session.sink.url) as made:
        yield made


@requirement("RSM-07")
async def test_a_stream_that_has_expired_is_empty_and_closes(tight_runs: Runs) -> None:
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
    handle, whole = await stream_run(tight_runs, "ticks", {"total": 5}, **body)
    ended = time.monotonic()
    after = whole[0].id
    async with tight_runs.join_stream(handle, after) as sub:
        in_time = await sub.collect()
    if time.monotonic() - ended > TTL_S / 2:
        inconclusive("the machine is too busy to join within the time to live")
    demand_ticks(in_time, handle.nonce, 5)
    while time.monotonic() - ended < TTL_S + SWEEP_S:
        seconds, got = await _time_join(tight_runs, handle, after)
        if not got:
            expect_no_later(seconds, CLOSE_S, "an expired stream")
            return
        same("events before the stream has expired", got, event_names(whole[1:]))
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"the stream is still there {SWEEP_S:g} s after its time to live")


async def _time_join(runs: Runs, handle: RunHandle, after: str | None) -> tuple[float, list[str]]:
    """How long an answer takes after the end of the run, and the names of its events."""
    began = time.monotonic()
    async with runs.join_stream(handle, after, expired=True) as sub:
        events = await sub.collect()
    return time.monotonic() - began, event_names(events)


@requirement("STR-26")
async def test_an_event_above_the_limit_does_no_harm(tight_runs: Runs, observe: Observed) -> None:
    body: dict[str, Any] = {"stream_mode": ["custom", "updates"]}
    handle, events = await stream_run(tight_runs, "big", {"size": 4 * LIMIT}, **body)
    same("status of its run", await tight_runs.until_terminal(handle), "success")
    large = [len(event.data) for event in events if len(event.data) > LIMIT]
    if large:
        inconclusive(f"an event of {large[0]} bytes came although the limit was set to {LIMIT}")
    errors = payloads(events, "error")
    observe(f"an event above the limit {'becomes an `error` event' if errors else 'is left out'}")


@requirement("STR-26")
async def test_the_next_run_streams_as_ever(tight_runs: Runs) -> None:
    body: dict[str, Any] = {"stream_mode": "custom"}
    await stream_run(tight_runs, "big", {"size": 4 * LIMIT}, **body)
    handle, events = await stream_run(tight_runs, "big", {"size": LIMIT // 2}, **body)
    demand_ticks(events, handle.nonce, 1, size=LIMIT // 2)
