"""`client.crons`, method by method."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from langgraph_sdk.errors import NotFoundError

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.crons import NEVER, has_crons
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.handles import new_nonce

__all__ = ["has_crons"]

END = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
async def mark(client: Any, has_crons: bool) -> AsyncIterator[dict[str, Any]]:
    """Metadata of the crons of one test, which are deleted when it is over."""
    if not has_crons:
        not_applicable("the target has no crons, and does not claim to")
    made = {"sdk": new_nonce()}
    yield made
    for cron in await client.crons.search(metadata=made):
        await client.crons.delete(cron["cron_id"])


@requirement("SDK-01", "SDK-02")
async def test_create_update_search_count_and_delete(client: Any, mark: dict[str, Any]) -> None:
    crons = client.crons
    made = await crons.create(
        "echo", schedule=NEVER, metadata=mark, end_time=END, timezone=ZoneInfo("Europe/Paris")
    )
    same("timezone", made["timezone"], "Europe/Paris")
    same("end_time", datetime.fromisoformat(made["end_time"]), END)
    changed = await crons.update(made["cron_id"], schedule="0 0 1 1 *", end_time=None)
    same("after the update", (changed["schedule"], changed["end_time"]), ("0 0 1 1 *", None))
    paused = await crons.update(made["cron_id"], enabled=False)
    same("enabled", paused["enabled"], False)
    found = await crons.search(metadata=mark, enabled=False, sort_by="created_at", limit=5)
    same("crons found", [each["cron_id"] for each in found], [made["cron_id"]])
    same("count", await crons.count(metadata=mark), 1)
    same("answer to a delete", await crons.delete(made["cron_id"]), None)
    with pytest.raises(NotFoundError):
        await crons.delete(made["cron_id"])


@requirement("SDK-01", "SDK-02")
async def test_create_for_a_thread(client: Any, mark: dict[str, Any], thread_id: str) -> None:
    made = await client.crons.create_for_thread(
        thread_id, "echo", schedule=NEVER, metadata=mark, multitask_strategy="reject"
    )
    same("thread", made["thread_id"], thread_id)
    found = await client.crons.search(thread_id=thread_id)
    same("crons of the thread", [each["cron_id"] for each in found], [made["cron_id"]])
    same("count", await client.crons.count(thread_id=thread_id), 1)
