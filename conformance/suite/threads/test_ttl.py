"""Threads with a time to live.

How often a deployment sweeps is one of its settings, so the effect of a sweep is judged on a second
deployment that sweeps often; the time to live itself is shown by any. The threads of all tests are
created at once, so that the tests wait for them at the same time.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_fields, same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.reads import read_history, read_state, read_thread_values
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import blame, inconclusive, not_applicable
from onceproof.conformance.suite.kit.waiting import expect_eventually, poll_until
from onceproof.conformance.suite.threads.conftest import SWEEP_MIN, TTL_MIN
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

SHORT_MIN, LONG_MIN = 0.05, 60.0
GRACE_S = 10.0
GONE = 404

#: What the runs of the thread with a delta channel leave there.
LOG = ["0", "1", "2"]


@pytest.fixture(autouse=True)
async def _require_ttl(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread(ttl={"strategy": "delete", "ttl": 60})
    shown = await read_ttl(api, thread_id)
    if shown is None and not await claims(api, "POST", "/threads", "ttl"):
        not_applicable("the target does not support a time to live of threads")


@dataclass(frozen=True)
class HastyThreads:
    """Threads of the deployment that sweeps often, named by what happens to them."""

    api: Api
    deleted: str
    patched: str
    kept: str
    pruned: str
    values: Any
    deltas: str
    by_default: str
    default: dict[str, Any]


@pytest.fixture(scope="module")
async def hasty_threads(
    hasty_api: Api, aside_history: Recorder, aside_sink: Sink
) -> AsyncIterator[Scene[HastyThreads]]:
    runs = Runs(hasty_api, aside_history, aside_sink.url)
    yield Scene("THR-23", lambda: create_threads(runs))
    await runs.clean_up()


async def create_threads(runs: Runs) -> HastyThreads:
    """Create the threads, and run one of them, before any of them expires."""
    by_default = await runs.new_thread()
    patched = await runs.new_thread(ttl={"strategy": "delete", "ttl": LONG_MIN})
    deltas = await runs.new_thread(ttl={"strategy": "keep_latest", "ttl": SHORT_MIN})
    with blame("STA-34"):
        for _ in LOG:
            await runs.wait(deltas, "deltas", {})
    with blame("THR-24"):
        pruned = await runs.new_thread(ttl={"strategy": "keep_latest", "ttl": SHORT_MIN})
        _, values = await runs.wait(pruned, "chain", {})
    body = {"ttl": {"strategy": "delete", "ttl": SHORT_MIN}}
    expect(await runs.api.patch(f"/threads/{patched}", json=body))
    return HastyThreads(
        api=runs.api,
        deleted=await runs.new_thread(**body),
        patched=patched,
        kept=await runs.new_thread(ttl={"strategy": "delete", "ttl": LONG_MIN}),
        pruned=pruned,
        values=values,
        deltas=deltas,
        by_default=by_default,
        default=await read_ttl(runs.api, by_default) or {},
    )


async def read_ttl(api: Api, thread_id: str) -> dict[str, Any] | None:
    """Read a thread's time to live as the target reports it."""
    body = expect(await api.get(f"/threads/{thread_id}", params={"include": "ttl"}))
    shown: dict[str, Any] | None = body.get("ttl")
    return shown


async def expect_deletion(api: Api, thread_id: str, ttl_min: float) -> None:
    """Expect the thread to be gone once its time and one sweep have passed."""

    async def status() -> int:
        return (await api.get(f"/threads/{thread_id}")).status_code

    await expect_eventually(
        "the answer for the thread", status, GONE, within_s=compute_limit_s(ttl_min)
    )


def compute_limit_s(ttl_min: float) -> float:
    """Compute the seconds until a thread's time and one sweep have certainly passed."""
    return 60 * (ttl_min + SWEEP_MIN) + GRACE_S


@requirement("THR-23")
async def test_a_thread_is_deleted_when_its_time_has_passed(
    hasty_threads: Scene[HastyThreads],
) -> None:
    hasty = await hasty_threads()
    await expect_deletion(hasty.api, hasty.deleted, SHORT_MIN)


@requirement("THR-23")
async def test_a_time_to_live_can_be_set_by_a_patch(hasty_threads: Scene[HastyThreads]) -> None:
    hasty = await hasty_threads()
    await expect_deletion(hasty.api, hasty.patched, SHORT_MIN)


@requirement("THR-23")
async def test_a_thread_is_not_deleted_before_its_time(hasty_threads: Scene[HastyThreads]) -> None:
    hasty = await hasty_threads()
    await expect_deletion(hasty.api, hasty.deleted, SHORT_MIN)
    expect(await hasty.api.get(f"/threads/{hasty.kept}"))


@requirement("THR-24")
async def test_keep_latest_prunes_history_and_keeps_the_state(
    hasty_threads: Scene[HastyThreads],
) -> None:
    hasty = await hasty_threads()

    async def length() -> int:
        return len(await read_history(hasty.api, hasty.pruned))

    await expect_eventually(
        "the length of the history", length, 1, within_s=compute_limit_s(SHORT_MIN)
    )
    latest = (await read_state(hasty.api, hasty.pruned))["values"]
    same("values of the latest state", latest, hasty.values)


@requirement("STA-34")
async def test_keep_latest_keeps_what_is_in_delta_channels(
    hasty_threads: Scene[HastyThreads],
) -> None:
    hasty = await hasty_threads()

    async def shows_one_checkpoint() -> bool:
        return len(await read_history(hasty.api, hasty.pruned)) == 1

    # The other thread expires a moment later: once it is pruned, this one has had its turn.
    if not await poll_until(shows_one_checkpoint, compute_limit_s(SHORT_MIN)):
        inconclusive("nothing was pruned when its time to live had passed")
    latest = (await read_state(hasty.api, hasty.deltas))["values"]
    same("the log of the latest state", latest.get("log"), LOG)
    shown = await read_thread_values(hasty.api, hasty.deltas)
    same("the log of the thread", shown.get("log"), LOG)


@requirement("THR-25")
async def test_the_time_to_live_is_shown_when_asked_for(runs: Runs, api: Api) -> None:
    before = datetime.now(UTC)
    thread_id = await runs.new_thread(ttl={"strategy": "delete", "ttl": 60})
    shown = await read_ttl(api, thread_id) or {}
    expect_fields("ttl", shown, ["strategy", "ttl_minutes", "expires_at"])
    same("strategy and minutes", (shown["strategy"], shown["ttl_minutes"]), ("delete", 60))
    minutes = (datetime.fromisoformat(shown["expires_at"]) - before).total_seconds() / 60
    assert 59 < minutes < 61, f"expires_at is {minutes:.1f} min ahead, but should be 60"


@requirement("THR-26")
async def test_the_default_time_to_live_applies_to_a_thread_without_its_own(
    hasty_threads: Scene[HastyThreads],
) -> None:
    hasty = await hasty_threads()
    same("minutes", hasty.default.get("ttl_minutes"), TTL_MIN)
    await expect_deletion(hasty.api, hasty.by_default, TTL_MIN)
