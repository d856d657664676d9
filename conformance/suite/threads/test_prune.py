"""Pruning threads: all of them, or all but their latest state."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.reads import read_history, read_state, read_thread
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

PRUNE = "/threads/prune"


@pytest.fixture(autouse=True)
async def _require_prune(api: Api) -> None:
    response = await api.post(PRUNE, json={"thread_ids": [str(uuid4())]})
    if response.status_code in (404, 405) and not await claims(api, "POST", PRUNE):
        not_applicable("the target cannot prune threads")


async def prune(api: Api, thread_ids: list[str], strategy: str) -> int:
    body = {"thread_ids": thread_ids, "strategy": strategy}
    count: int = expect(await api.post(PRUNE, json=body))["pruned_count"]
    return count


@requirement("THR-21")
async def test_prune_deletes_the_listed_threads_and_counts_them(aside: Runs, api: Api) -> None:
    first, second, other = [await aside.new_thread() for _ in range(3)]
    await aside.wait(first, "chain", {})
    same("the count", await prune(api, [first, str(uuid4()), second], "delete"), 2)
    for gone in (first, second):
        expect_refusal(await api.get(f"/threads/{gone}"), 404)
        expect_refusal(await api.get(f"/threads/{gone}/state"), 404)
    same("a thread not listed", (await read_thread(api, other))["thread_id"], other)


@requirement("THR-21")
async def test_prune_of_unknown_threads_only_counts_none(api: Api) -> None:
    same("the count", await prune(api, [str(uuid4())], "delete"), 0)


@requirement("THR-22")
async def test_keep_latest_leaves_one_checkpoint_and_the_latest_state(
    aside: Runs, api: Api
) -> None:
    threads = [await aside.new_thread() for _ in range(2)]
    for each in threads * 2:
        await aside.wait(each, "chain", {"steps": 2})
    before = [await read_latest(api, each) for each in threads]
    same("the count", await prune(api, threads, "keep_latest"), 2)
    for each, kept in zip(threads, before, strict=True):
        same("checkpoints in the history", len(await read_history(api, each)), 1)
        same("the latest state", await read_latest(api, each), kept)


@requirement("THR-22")
async def test_a_pruned_thread_goes_on_from_its_latest_state(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread()
    _, first = await aside.wait(thread_id, "chain", {"steps": 2})
    await prune(api, [thread_id], "keep_latest")
    _, second = await aside.wait(thread_id, "chain", {"steps": 1})
    same("what was in the ledger", second["log"][:2], first["log"])
    same("the length of the ledger", len(second["log"]), 3)


@requirement("THR-22")
async def test_a_thread_can_be_pruned_again_and_again(aside: Runs, api: Api) -> None:
    """The second time what is removed was written on top of what the first had left."""
    thread_id = await aside.new_thread()
    for count in (1, 2, 3):
        _, values = await aside.wait(thread_id, "chain", {"steps": 2})
        before = await read_latest(api, thread_id)
        same("the count", await prune(api, [thread_id], "keep_latest"), 1)
        same("checkpoints in the history", len(await read_history(api, thread_id)), 1)
        same("the latest state", await read_latest(api, thread_id), before)
        same("the length of the ledger", len(values["log"]), 2 * count)


async def read_latest(api: Api, thread_id: str) -> dict[str, Any]:
    """Read the latest state without its parent, which pruning removes."""
    shown = await read_state(api, thread_id)
    return {field: shown[field] for field in ("values", "next", "tasks", "checkpoint", "metadata")}
