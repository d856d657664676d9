"""Crons without a thread: each run has one of its own."""

from collections.abc import Awaitable, Callable

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.crons.stateless import require_search, search_threads
from onceproof.conformance.suite.crons.ticking import Ticking
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api

Scene = Callable[[], Awaitable[Ticking]]


@requirement("CRN-05")
async def test_each_run_has_a_new_thread(ticking: Scene, api: Api) -> None:
    kept = (await ticking()).stateless["keep"]
    await require_search(api)
    assert kept.search is not None, "the threads were not searched for"
    expect(kept.search)
    assert kept.executed > 1, f"the cron made {kept.executed} runs, too few for two threads"
    same("runs on each thread", kept.runs, [1] * kept.executed)
    same("the cron's own thread", kept.cron["thread_id"], None)


@requirement("CRN-05")
@pytest.mark.parametrize("name", ["default", "delete"])
async def test_a_thread_goes_with_its_run(ticking: Scene, api: Api, name: str) -> None:
    gone = (await ticking()).stateless[name]
    await require_search(api)
    assert gone.executed > 0, "the cron made no run"

    async def count_threads() -> int:
        return len(expect(await search_threads(api, gone.nonce)))

    await expect_eventually(f"the number of threads left by {gone.executed} runs", count_threads, 0)
