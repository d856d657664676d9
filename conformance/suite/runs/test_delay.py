"""Runs with a delayed start."""

import time
from datetime import datetime

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.runs.ways import ask
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

DELAY_S = 1.5
#: How late a queue that only polls may start a run.
TOLERANCE_S = 5.0


@requirement("RUN-08")
async def test_a_delayed_run_starts_after_its_delay(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    asked = time.monotonic_ns()
    handle = await runs.create(thread_id, "chain", {"steps": 1}, after_seconds=DELAY_S)
    accepted = time.monotonic_ns()
    same("status before the delay is over", await runs.status(handle), "pending")
    [execution] = await sink.async_wait_for(
        handle.nonce, "begin", timeout_s=DELAY_S + 2 * TOLERANCE_S
    )
    earliest_s, latest_s = (execution.begin_t - accepted) / 1e9, (execution.begin_t - asked) / 1e9
    assert latest_s >= DELAY_S, f"the run started after {latest_s:.2f} s, but is due at {DELAY_S} s"
    limit_s = DELAY_S + TOLERANCE_S
    assert earliest_s <= limit_s, (
        f"the run started after {earliest_s:.2f} s, but is due at {DELAY_S} s"
    )
    same("status of the delayed run", await runs.until_terminal(handle), "success")


@requirement("RUN-09")
async def test_created_at_of_a_delayed_run_is_when_it_becomes_due(
    api: Api, runs: Runs, observe: Observed
) -> None:
    thread_id, delay_s = await runs.new_thread(), 60
    asked = time.monotonic()
    usual = expect(await ask(api, "create", await runs.new_thread()))
    delayed = expect(await ask(api, "create", thread_id, after_seconds=delay_s))
    took_s = time.monotonic() - asked
    path = f"{runs_path(thread_id)}/{delayed['run_id']}"
    same("created_at when read", expect(await api.get(path))["created_at"], delayed["created_at"])
    expect(await api.post(f"{path}/cancel"), 200, 202, 204)
    later_s = (_parse_created_at(delayed) - _parse_created_at(usual)).total_seconds()
    if delay_s <= later_s <= delay_s + took_s:
        observe("created_at of a delayed run includes the delay")
    else:
        assert 0 <= later_s <= took_s, f"created_at is {later_s:.1f} s after the acceptance"
        observe("created_at of a delayed run is the time of acceptance")


def _parse_created_at(run: dict[str, str]) -> datetime:
    return datetime.fromisoformat(run["created_at"])
