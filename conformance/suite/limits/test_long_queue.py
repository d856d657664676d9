"""Thousands of pending runs, a thousand from each call."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.exclusive import CROWDS, touches_others
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.limits.long_queue import (
    BATCH,
    PENDING,
    LongQueue,
    long_queue,
)
from onceproof.conformance.suite.limits.speed import expect_no_slower, time_call
from onceproof.conformance.wire.client import Api

__all__ = ["long_queue"]

pytestmark = touches_others(CROWDS)

READ_S = 1.0


@requirement("LIM-07")
async def test_a_run_is_created_as_fast_behind_thousands_of_others(
    long_queue: Scene[LongQueue], observe: Observed
) -> None:
    made = await long_queue()
    before, after = made.created_before_s, made.created_behind_s
    observe(f"created in {before * 1000:.1f} ms, behind {PENDING} runs in {after * 1000:.1f} ms")
    expect_no_slower(f"a creation behind {PENDING} pending runs", after, before, 3)


@requirement("LIM-12")
async def test_a_batch_of_a_thousand_runs_is_accepted(
    api: Api, long_queue: Scene[LongQueue]
) -> None:
    thread_id, runs = next(iter((await long_queue()).queued.items()))
    same("ids in the answer", len({run["run_id"] for run in runs}), BATCH)
    params = {"limit": BATCH, "status": "pending"}
    listed = expect(await api.get(f"/threads/{thread_id}/runs", params=params))
    same("runs listed, oldest first", [run["run_id"] for run in reversed(listed)], list_ids(runs))


def list_ids(runs: list[dict[str, str]]) -> list[str]:
    return [run["run_id"] for run in runs]


@requirement("LIM-07")
@pytest.mark.parametrize("what", ["list", "search"])
async def test_reading_takes_less_than_a_second_beside_them(
    api: Api, long_queue: Scene[LongQueue], what: str
) -> None:
    thread_id = next(iter((await long_queue()).queued))

    async def read() -> None:
        if what == "list":
            expect(await api.get(f"/threads/{thread_id}/runs", params={"limit": 100}))
        else:
            expect(await api.post("/threads/search", json={"status": "busy", "limit": 100}))

    taken = min([await time_call(read) for _ in range(3)])
    assert taken < READ_S, (
        f"a {what} beside {PENDING} pending runs takes {taken:.2f} s, but should take less than 1 s"
    )
