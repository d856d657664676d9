"""All that an attempt writes is refused once a newer one exists: nothing is left to timing."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl import sql
from onceproof.reference_impl.core.checkpoints.fenced import Checkpoints, Fenced
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.run import Outcome, RunRequest, RunSpec, Superseded
from tests.reference_impl.queues import own_queue

pytestmark = pytest.mark.anyio

CHECKPOINT: Any = {
    "v": 4,
    "id": "c-1",
    "ts": "2026-01-01T00:00:00+00:00",
    "channel_values": {"x": 1},
    "channel_versions": {"x": 1},
    "versions_seen": {},
    "updated_channels": None,
}


@pytest.fixture
async def parts(stack: Stack) -> AsyncIterator[SimpleNamespace]:
    """A queue, a broker and checkpoints on a database of their own; leases pass at once."""
    async with own_queue(stack, "fence", lease_ms=100) as made:
        yield SimpleNamespace(checkpoints=Checkpoints(made.pool, made.pool), **vars(made))


async def accepted(queue: Queue, **fields: Any) -> asyncpg.Record:
    request = RunRequest(uuid4(), uuid4(), uuid4(), RunSpec("plain"), create_thread=True, **fields)
    [run] = await queue.accept([request])
    return run


async def claimed(queue: Queue) -> asyncpg.Record:
    [run] = await queue.claim(1, "worker")
    return run


async def superseded(parts: SimpleNamespace) -> tuple[asyncpg.Record, asyncpg.Record]:
    """The claims of a run's first attempt, whose lease has passed, and of its second."""
    await accepted(parts.queue)
    first = await claimed(parts.queue)
    async with asyncio.timeout(10):
        while not await parts.recovery.sweep():
            await asyncio.sleep(0.02)
    return first, await claimed(parts.queue)


def saver(parts: SimpleNamespace, run: asyncpg.Record, durability: str = "sync") -> Any:
    return parts.checkpoints.for_run(run, durability)


def address(run: asyncpg.Record, checkpoint_id: str | None = None) -> Any:
    named = {"checkpoint_id": checkpoint_id} if checkpoint_id else {}
    return {"configurable": {"thread_id": str(run["thread_id"]), "checkpoint_ns": "", **named}}


async def test_a_claim_raises_the_attempt(parts: SimpleNamespace) -> None:
    first, second = await superseded(parts)
    assert (first["attempt"], second["attempt"]) == (1, 2)


async def test_a_superseded_attempts_checkpoint_is_refused(parts: SimpleNamespace) -> None:
    first, second = await superseded(parts)
    with pytest.raises(Fenced):
        await saver(parts, first).aput(address(first), CHECKPOINT, {"step": 0}, {})
    await saver(parts, second).aput(address(second), CHECKPOINT, {"step": 0}, {})
    assert await parts.pool.fetchval("select count(*) from checkpoint") == 1
    assert parts.checkpoints.refused == 1


async def test_a_superseded_attempts_pending_writes_are_refused(parts: SimpleNamespace) -> None:
    first, second = await superseded(parts)
    with pytest.raises(Fenced):
        await saver(parts, first).aput_writes(address(first, "c-1"), [("x", 1)], "task")
    await saver(parts, second).aput_writes(address(second, "c-1"), [("x", 1)], "task")
    assert await parts.pool.fetchval("select count(*) from checkpoint_write") == 1


async def test_what_is_on_its_way_is_refused_before_the_run_can_end(
    parts: SimpleNamespace,
) -> None:
    first, _ = await superseded(parts)
    zombie = saver(parts, first, "async")
    await zombie.aput(address(first), CHECKPOINT, {"step": 0}, {})
    with pytest.raises(Fenced):
        await zombie.settle()
    assert await parts.pool.fetchval("select count(*) from checkpoint") == 0
    assert parts.checkpoints.refused == 1


async def test_of_two_attempts_in_one_batch_only_the_live_one_writes(
    parts: SimpleNamespace,
) -> None:
    first, second = await superseded(parts)
    savers = [saver(parts, run, "async") for run in (first, second)]
    for step, (each, run) in enumerate(zip(savers, (first, second), strict=True)):
        each.head = None
        await each.aput(address(run), {**CHECKPOINT, "id": f"c-{step}"}, {"step": step}, {})
    await savers[1].settle()
    with pytest.raises(Fenced):
        await savers[0].settle()
    assert await parts.pool.fetch("select checkpoint_id from checkpoint") == [("c-1",)]


async def test_data_that_postgres_refuses_fails_its_own_run_only(parts: SimpleNamespace) -> None:
    runs = []
    for _ in range(2):
        await accepted(parts.queue)
        runs.append(await claimed(parts.queue))
    good, bad = (saver(parts, run, "async") for run in runs)
    await bad.aput_writes(address(runs[1], "c-1"), [("a\x00b", 1)], "task")
    await good.aput_writes(address(runs[0], "c-1"), [("x", 1)], "task")
    await good.settle()
    with pytest.raises(asyncpg.DataError):
        await bad.settle()
    assert await parts.pool.fetchval("select channel from checkpoint_write") == "x"


async def test_a_claim_brings_the_latest_checkpoint_along(parts: SimpleNamespace) -> None:
    _, run = await superseded(parts)
    assert await saver(parts, run).aget_tuple(address(run)) is None
    writing = saver(parts, run, "async")
    await writing.aput(address(run), CHECKPOINT, {"step": 0}, {})
    await writing.aput_writes(address(run, "c-1"), [("x", 1)], "task")
    read = await writing.aget_tuple(address(run))
    await parts.queue.hand_back(run["run_id"], run["attempt"])
    later = await claimed(parts.queue)
    await parts.pool.execute("delete from checkpoint")
    brought = await saver(parts, later).aget_tuple(address(later))
    assert brought == read
    assert brought.pending_writes == [("task", "x", 1)]


async def test_writes_that_are_stored_already_are_not_taken_for_refused(
    parts: SimpleNamespace,
) -> None:
    await accepted(parts.queue)
    run = await claimed(parts.queue)
    for _ in range(2):
        await saver(parts, run).aput_writes(address(run, "c-1"), [("x", 1)], "task")
    assert parts.checkpoints.refused == 0


async def test_a_superseded_attempt_may_not_end_the_run(parts: SimpleNamespace) -> None:
    first, second = await superseded(parts)
    with pytest.raises(Superseded):
        await parts.queue.finish(first, Outcome("error"))
    await parts.queue.finish(second, Outcome("success"))
    with pytest.raises(Superseded):
        await parts.queue.finish(second, Outcome("error"))
    assert await parts.pool.fetchval("select status from run") == "success"


async def test_a_superseded_attempt_may_not_hand_the_run_back(parts: SimpleNamespace) -> None:
    first, second = await superseded(parts)
    assert not await parts.queue.hand_back(first["run_id"], first["attempt"])
    assert await parts.queue.hand_back(second["run_id"], second["attempt"])


async def test_a_superseded_attempts_events_are_refused(parts: SimpleNamespace) -> None:
    first, second = await superseded(parts)

    async def publish(run: asyncpg.Record) -> bool:
        events = [("custom", b"1")]
        return await parts.broker.publish(run["run_id"], run["attempt"], 0, events, resumable=True)

    assert await publish(first)
    assert await publish(second)
    assert not await publish(first)
    assert parts.broker.refused == 1
    assert len(await parts.broker.replay(first["run_id"], "0-0")) == 2


async def test_one_run_of_a_thread_is_claimed_at_a_time(parts: SimpleNamespace) -> None:
    thread_id = uuid4()
    for _ in range(3):
        await parts.queue.accept(
            [RunRequest(uuid4(), thread_id, uuid4(), RunSpec("plain"), create_thread=True)]
        )
    [run] = await parts.queue.claim(10, "worker")
    assert await parts.queue.claim(10, "worker") == []
    await parts.queue.finish(run, Outcome("success"))
    assert len(await parts.queue.claim(10, "worker")) == 1


async def test_a_later_run_overtakes_a_delayed_one_and_both_are_executed(
    parts: SimpleNamespace,
) -> None:
    thread_id = uuid4()
    delayed = RunRequest(
        uuid4(), thread_id, uuid4(), RunSpec("plain"), delay_s=0.3, create_thread=True
    )
    await parts.queue.accept([delayed])
    prompt = RunRequest(uuid4(), thread_id, uuid4(), RunSpec("plain"))
    await parts.queue.accept([prompt])
    [run] = await parts.queue.claim(10, "worker")
    assert run["run_id"] == prompt.run_id
    await parts.queue.finish(run, Outcome("success"))
    async with asyncio.timeout(10):
        while not (later := await parts.queue.claim(10, "worker")):
            await asyncio.sleep(0.02)
    assert later[0]["run_id"] == delayed.run_id


async def test_a_run_whose_workers_all_die_is_given_up_and_frees_its_thread(
    parts: SimpleNamespace,
) -> None:
    await accepted(parts.queue)
    async with asyncio.timeout(20):
        while await parts.pool.fetchval("select status from run") != "error":
            await parts.queue.claim(1, "worker")
            await parts.recovery.sweep()
            await asyncio.sleep(0.02)
    run = await parts.pool.fetchrow("select attempt, output from run")
    assert run["attempt"] == 3
    assert run["output"]["__error__"]["error"] == "MaxAttemptsExceeded"
    assert await parts.pool.fetchval("select status from thread") == "error"


async def test_a_heartbeat_waits_for_no_row_and_extends_the_others(parts: SimpleNamespace) -> None:
    runs = []
    for _ in range(2):
        await accepted(parts.queue)
        runs.append(await claimed(parts.queue))
    ids, attempts = [run["run_id"] for run in runs], [run["attempt"] for run in runs]
    async with parts.pool.acquire() as other, other.transaction():
        await other.execute("select 1 from run where run_id = $1 for update", ids[0])
        async with asyncio.timeout(10):
            rows = await parts.pool.fetch(sql.queue.HEARTBEAT, ids, attempts, 3600.0)
    assert {row["run_id"] for row in rows} == set(ids)
    beyond = "select run_id from run where lease_until > now() + interval '30 minutes'"
    assert [row["run_id"] for row in await parts.pool.fetch(beyond)] == [ids[1]]
