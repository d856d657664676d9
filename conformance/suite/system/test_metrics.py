"""What the server counts about itself; `test_settings` has the slots of its workers."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

import pytest

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Numbers may be as old as one period of the server's statistics, 60 s by default.
PERIOD_S = 65.0
POLL_S = 0.1
RUNNING = 3
PENDING = 2 * RUNNING

SAMPLE = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{.*\})? \S+( -?\d+)?")

Figures = dict[str, int]


@requirement("SYS-23")
async def test_metrics_follow_pending_and_running_runs(api: Api, runs: Runs, sink: Sink) -> None:
    places = range(len(api.urls))
    handles = []
    async with AsyncExitStack() as held:
        for _ in range(RUNNING):
            thread_id = await runs.new_thread()
            handles.append(await held.enter_async_context(hold_run(runs, sink, thread_id, steps=1)))
            for _ in range(PENDING // RUNNING):
                handles.append(await runs.create(thread_id, "chain", {"steps": 1}))
        seen = [await await_queue(api, at, has_expected_runs) for at in places]
    for handle in handles:
        await runs.until_terminal(handle)
    for at, before in zip(places, seen, strict=True):
        await await_queue(api, at, partial(is_lower, before))


def has_expected_runs(queue: Figures) -> bool:
    """Return whether the queue holds at least the runs of this test; others may add theirs."""
    return queue["n_running"] >= RUNNING and queue["n_pending"] >= PENDING


def is_lower(before: Figures, now: Figures) -> bool:
    """Return whether each number is lower than before."""
    return all(now[name] < before[name] for name in before)


async def await_queue(api: Api, at: int, enough: Callable[[Figures], bool]) -> Figures:
    """Wait until the queue's numbers at one replica are as expected, and return them."""
    deadline = time.monotonic() + PERIOD_S
    while True:
        body = expect(await api.get("/metrics", params={"format": "json"}, at=at))
        queue = {name: body["queue"][name] for name in ("n_pending", "n_running")}
        if enough(queue):
            return queue
        assert time.monotonic() < deadline, (
            f"GET /metrics at replica {at} still reports {queue} after {PERIOD_S:g} s, which does "
            "not match the pending and running runs"
        )
        await asyncio.sleep(POLL_S)


@requirement("SYS-24")
@pytest.mark.parametrize("params", [{}, {"format": "yaml"}], ids=["no-format", "unknown-format"])
async def test_metrics_are_prometheus_text(api: Api, params: dict[str, str]) -> None:
    response = await api.get("/metrics", params=params)
    same("status of GET /metrics", response.status_code, 200)
    kind = read_media_type(response.headers)
    assert kind == "text/plain", f"GET /metrics is {kind!r}, but should be text/plain"
    lines = [line for line in response.text.splitlines() if line and not line.startswith("#")]
    wrong = [line for line in lines if not SAMPLE.fullmatch(line)]
    assert lines, f"GET /metrics does not contain a sample: {response.text[:200]!r}"
    assert not wrong, f"GET /metrics has lines that are not samples: {wrong[:5]}"
