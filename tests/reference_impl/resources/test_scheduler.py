"""One run for each due time, however many schedulers there are and wherever one of them ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl.resources import assistants, crons, threads
from onceproof.reference_impl.resources.graphs import Graphs, default_assistant_id
from onceproof.reference_impl.resources.scheduler import Scheduler
from onceproof.reference_impl.webhooks.policy import Policy
from tests.reference_impl.queues import own_queue

pytestmark = pytest.mark.anyio


@pytest.fixture
async def services(stack: Stack, graphs: Graphs) -> AsyncIterator[Any]:
    async with own_queue(stack, "crons", pool_size=10) as made:
        await assistants.register_defaults(made.pool, graphs)
        yield SimpleNamespace(graphs=graphs, **vars(made))


async def overdue(pool: asyncpg.Pool, thread_id: UUID | None = None, **fields: Any) -> UUID:
    """A cron by the minute that has been due for an hour, and has missed the other times since."""
    cron = {
        "cron_id": uuid4(),
        "assistant_id": default_assistant_id("plain"),
        "thread_id": thread_id,
        "schedule": "* * * * *",
        "timezone": None,
        "end_time": None,
        "enabled": True,
        "on_run_completed": None if thread_id else "delete",
        "payload": {"assistant_id": "plain", "input": {}},
        "metadata": {"of": "the cron"},
        "made_by": None,
        "next_run_date": datetime.now(UTC) - timedelta(hours=1),
        **fields,
    }
    async with pool.acquire() as connection:
        await crons.insert(connection, cron)
    return cron["cron_id"]


async def made(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    return await pool.fetch("select * from run order by seq")


def scheduler(services: Any) -> Scheduler:
    return Scheduler(services, services.graphs, Policy())


async def rounds(services: Any, count: int = 4) -> list[float]:
    """As many schedulers, each looking once, at the same time; how long each would wait."""
    return await asyncio.gather(*(scheduler(services).look() for _ in range(count)))


async def thread(pool: asyncpg.Pool) -> UUID:
    return (await threads.insert(pool, uuid4(), {}))["thread_id"]


@pytest.mark.parametrize("on_thread", [True, False])
async def test_of_many_schedulers_one_makes_the_run(services: Any, on_thread: bool) -> None:
    pool = services.pool
    cron_id = await overdue(pool, await thread(pool) if on_thread else None)
    await rounds(services)
    await rounds(services)
    [run] = await made(pool)
    assert run["metadata"]["of"] == "the cron"
    assert run["metadata"]["cron_id"] == str(cron_id)
    assert run["kwargs"]["config"]["configurable"]["cron_id"] == str(cron_id)


async def test_a_run_is_for_the_user_who_made_the_cron(services: Any) -> None:
    alice = {"identity": "alice"}
    await overdue(services.pool, made_by=alice, metadata={"owner": "alice"})
    await rounds(services)
    [run] = await made(services.pool)
    assert run["kwargs"]["user"] == alice
    row = await threads.find(services.pool, run["thread_id"])
    assert row["metadata"]["owner"] == "alice"


async def test_many_crons_that_are_due_at_once_make_a_run_each(services: Any) -> None:
    ids = {str(await overdue(services.pool)) for _ in range(20)}
    await rounds(services)
    assert sorted(run["metadata"]["cron_id"] for run in await made(services.pool)) == sorted(ids)


async def test_the_next_date_is_in_the_future_and_waited_for(services: Any) -> None:
    cron_id = await overdue(services.pool, schedule="* * * * * *")
    one = scheduler(services)
    assert await one.look() == 0
    cron = await crons.find(services.pool, cron_id)
    # Each second that has gone by meanwhile is a date that is due: 0 once more.
    looks = [await one.look() for _ in range(5)]
    wait_s = next(filter(None, looks), 0)
    assert cron["next_run_date"] > await services.pool.fetchval("select now()") - timedelta(
        seconds=1
    )
    assert 0 < wait_s <= 1


async def test_a_scheduler_that_dies_with_a_cron_in_hand_leaves_it_due(services: Any) -> None:
    cron_id = await overdue(services.pool)
    accept = services.queue.accept_within

    async def die(connection: asyncpg.Connection, requests: Any) -> Any:
        await accept(connection, requests)
        raise ConnectionResetError("the process is gone")

    services.queue.accept_within = die
    with pytest.raises(ConnectionResetError):
        await scheduler(services).look()
    assert await made(services.pool) == []
    services.queue.accept_within = accept
    await rounds(services)
    assert [run["metadata"]["cron_id"] for run in await made(services.pool)] == [str(cron_id)]


async def test_a_run_that_is_refused_is_left_out_and_the_cron_goes_on(services: Any) -> None:
    pool = services.pool
    thread_id = await thread(pool)
    payload = {"assistant_id": "plain", "multitask_strategy": "reject"}
    cron_id = await overdue(pool, thread_id, payload=payload)
    await rounds(services)
    await pool.execute("update cron set next_run_date = now()")
    await rounds(services)
    assert len(await made(pool)) == 1
    assert (await crons.find(pool, cron_id))["next_run_date"] > datetime.now(UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"end_time": datetime.now(UTC) - timedelta(minutes=30)},
        {"enabled": False, "next_run_date": None},
        {"payload": {"assistant_id": str(uuid4())}},
        {"payload": {"assistant_id": "plain", "stream_mode": ["none of today's"]}},
    ],
)
async def test_what_cannot_or_may_not_run_makes_no_run(
    services: Any, fields: dict[str, Any]
) -> None:
    await overdue(services.pool, **fields)
    await rounds(services)
    assert await made(services.pool) == []
    assert not [cron for cron in await crons.list_upcoming(services.pool) if cron["in_s"] <= 0]


async def test_a_timezone_that_this_host_lacks_rests_the_cron(services: Any) -> None:
    cron_id = await overdue(services.pool, timezone="Nowhere/Land")
    await rounds(services)
    assert (await crons.find(services.pool, cron_id))["next_run_date"] is None
