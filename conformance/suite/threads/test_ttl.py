"""Threads with a time to live.

How often a deployment sweeps is its own setting, so what a sweep does is judged on a second
deployment that sweeps often; the time itself is shown on any.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.register.marker import requirement
from conformance.suite.claims import claims
from conformance.suite.eventually import eventually
from conformance.suite.expect import answered, has_fields, same
from conformance.suite.reads import history, state
from conformance.suite.signals import not_applicable
from conformance.suite.threads.conftest import SWEEP_MIN, TTL_MIN
from conformance.wire.client import Api
from conformance.wire.runs import Runs

SHORT_MIN = 0.05
GRACE_S = 10.0
GONE = 404


@pytest.fixture(autouse=True)
async def _applicable(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread(ttl={"strategy": "delete", "ttl": 60})
    shown = await ttl_of(api, thread_id)
    if shown is None and not await claims(api, "POST", "/threads", "ttl"):
        not_applicable("threads have no time to live")


async def ttl_of(api: Api, thread_id: str) -> dict[str, Any] | None:
    """What the target says of a thread's time to live."""
    body = answered(await api.get(f"/threads/{thread_id}", params={"include": "ttl"}))
    shown: dict[str, Any] | None = body.get("ttl")
    return shown


async def expect_deleted(api: Api, thread_id: str, ttl_min: float) -> None:
    """The thread is gone soon after its time and one sweep."""

    async def status() -> int:
        return (await api.get(f"/threads/{thread_id}")).status_code

    await eventually("the answer for the thread", status, GONE, within_s=soon_after(ttl_min))


def soon_after(ttl_min: float) -> float:
    """Seconds until a thread's time and one sweep have passed for certain."""
    return 60 * (ttl_min + SWEEP_MIN) + GRACE_S


@requirement("THR-23")
async def test_a_thread_is_deleted_when_its_time_has_passed(hasty: Runs) -> None:
    thread_id = await hasty.new_thread(ttl={"strategy": "delete", "ttl": SHORT_MIN})
    await expect_deleted(hasty.api, thread_id, SHORT_MIN)


@requirement("THR-23")
async def test_a_time_to_live_can_be_set_by_a_patch(hasty: Runs) -> None:
    thread_id = await hasty.new_thread(ttl={"strategy": "delete", "ttl": 60})
    body = {"ttl": {"strategy": "delete", "ttl": SHORT_MIN}}
    answered(await hasty.api.patch(f"/threads/{thread_id}", json=body))
    await expect_deleted(hasty.api, thread_id, SHORT_MIN)


@requirement("THR-23")
async def test_a_thread_is_not_deleted_before_its_time(hasty: Runs) -> None:
    early = await hasty.new_thread(ttl={"strategy": "delete", "ttl": SHORT_MIN})
    late = await hasty.new_thread(ttl={"strategy": "delete", "ttl": 60})
    await expect_deleted(hasty.api, early, SHORT_MIN)
    answered(await hasty.api.get(f"/threads/{late}"))


@requirement("THR-24")
async def test_keep_latest_prunes_history_and_keeps_the_state(hasty: Runs) -> None:
    thread_id = await hasty.new_thread(ttl={"strategy": "keep_latest", "ttl": SHORT_MIN})
    _, values = await hasty.wait(thread_id, "chain", {})

    async def length() -> int:
        return len(await history(hasty.api, thread_id))

    await eventually("the length of the history", length, 1, within_s=soon_after(SHORT_MIN))
    same("values of the latest state", (await state(hasty.api, thread_id))["values"], values)


@requirement("THR-25")
async def test_the_time_to_live_is_shown_when_asked_for(runs: Runs, api: Api) -> None:
    before = datetime.now(UTC)
    thread_id = await runs.new_thread(ttl={"strategy": "delete", "ttl": 60})
    shown = await ttl_of(api, thread_id) or {}
    has_fields("ttl", shown, ["strategy", "ttl_minutes", "expires_at"])
    same("strategy and minutes", (shown["strategy"], shown["ttl_minutes"]), ("delete", 60))
    minutes = (datetime.fromisoformat(shown["expires_at"]) - before).total_seconds() / 60
    assert 59 < minutes < 61, f"expires_at is {minutes:.1f} min ahead, but should be 60"


@requirement("THR-26")
async def test_the_default_time_to_live_applies_to_a_thread_without_its_own(hasty: Runs) -> None:
    thread_id = await hasty.new_thread()
    shown = await ttl_of(hasty.api, thread_id) or {}
    same("minutes", shown.get("ttl_minutes"), TTL_MIN)
    await expect_deleted(hasty.api, thread_id, TTL_MIN)
