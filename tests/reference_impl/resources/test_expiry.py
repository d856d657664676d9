"""What is taken away when its time has passed, and what is not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl import database
from onceproof.reference_impl.api.thread_bodies import describe_ttl
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.resources.expiry import BATCH, Sweeper
from onceproof.reference_impl.resources.ttl import ItemLifetime, Lifetimes, ThreadLifetime

pytestmark = pytest.mark.anyio

HOUR = {"delete": {"strategy": "delete", "ttl_minutes": 60}}
HOUR["keep_latest"] = {"strategy": "keep_latest", "ttl_minutes": 60}
DEFAULT = {"strategy": "delete", "ttl_minutes": 0.5}


@pytest.fixture
async def pool(stack: Stack) -> AsyncIterator[asyncpg.Pool]:
    """A database of the test's own, as a sweep takes whatever is due; new threads have DEFAULT."""
    uri = stack.add_database(f"expiry_{uuid4().hex[:8]}")
    pool = await database.open_pool(uri, 6, **database.thread_ttl(DEFAULT))
    await database.migrate(pool)
    yield pool
    await pool.close()


def sweeper(pool: asyncpg.Pool, **of_threads: Any) -> Sweeper:
    return Sweeper(pool, Lifetimes(ThreadLifetime(**of_threads), ItemLifetime()))


async def thread(pool: asyncpg.Pool, strategy: str, *, minutes_ago: float = 61) -> UUID:
    """A thread of an hour's life that was left alone so long ago, with a history of three."""
    thread_id = uuid4()
    await threads.insert(pool, thread_id, {}, HOUR[strategy])
    for number in range(3):
        await pool.execute(
            """insert into checkpoint (thread_id, ns, checkpoint_id, kind, body, metadata)
               values ($1, '', $2, 'msgpack', 'body', '{}')""",
            thread_id,
            str(number),
        )
    await pass_minutes(pool, minutes_ago)
    return thread_id


async def pass_minutes(pool: asyncpg.Pool, minutes: float) -> None:
    """What happened to the threads so far, happened so much earlier."""
    await pool.execute(
        """update thread set updated_at = updated_at - $1::interval,
               pruned_at = pruned_at - $1::interval, look_at = look_at - $1::interval""",
        timedelta(minutes=minutes),
    )


async def checkpoints(pool: asyncpg.Pool, thread_id: UUID) -> list[str]:
    query = "select checkpoint_id from checkpoint where thread_id = $1 order by seq"
    return [row["checkpoint_id"] for row in await pool.fetch(query, thread_id)]


async def test_a_thread_goes_with_all_that_is_its_own(pool: asyncpg.Pool) -> None:
    due = await thread(pool, "delete", minutes_ago=2)
    young = await thread(pool, "delete", minutes_ago=59)
    assert await sweeper(pool).sweep_threads() == 1
    assert await threads.find(pool, due) is None
    assert await checkpoints(pool, due) == []
    assert await threads.find(pool, young) is not None
    assert len(await checkpoints(pool, young)) == 3


async def test_a_history_is_pruned_once_until_the_thread_is_used_again(pool: asyncpg.Pool) -> None:
    due = await thread(pool, "keep_latest")
    swept = sweeper(pool)
    assert await swept.sweep_threads() == 1
    assert await checkpoints(pool, due) == ["2"]
    row = await threads.find(pool, due)
    assert describe_ttl(row) == {
        **HOUR["keep_latest"],
        "expires_at": None,
    }
    await pass_minutes(pool, 61)
    assert await swept.sweep_threads() == 0
    row = await threads.change(pool, due, {"metadata": {}, "ttl": None})
    assert describe_ttl(row)["expires_at"] == row["updated_at"] + timedelta(hours=1)
    await pass_minutes(pool, 61)
    assert await swept.sweep_threads() == 1


async def test_each_use_begins_the_time_anew(pool: asyncpg.Pool) -> None:
    used = await thread(pool, "delete", minutes_ago=40)
    await pool.execute("update thread set updated_at = now() where thread_id = $1", used)
    swept = sweeper(pool)
    for minutes, gone in ((50, 0), (9, 0), (2, 1)):
        await pass_minutes(pool, minutes)
        assert await swept.sweep_threads() == gone
    assert await threads.find(pool, used) is None


async def test_a_time_to_live_that_is_made_shorter_holds_from_then_on(pool: asyncpg.Pool) -> None:
    thread_id = await thread(pool, "delete", minutes_ago=10)
    shorter = {"strategy": "delete", "ttl_minutes": 5}
    await threads.change(pool, thread_id, {"metadata": {}, "ttl": shorter})
    for minutes, gone in ((4, 0), (2, 1)):
        await pass_minutes(pool, minutes)
        assert await sweeper(pool).sweep_threads() == gone


async def test_a_thread_in_use_is_left_alone(pool: asyncpg.Pool) -> None:
    due = await thread(pool, "delete")
    await pool.execute("update thread set status = 'busy' where thread_id = $1", due)
    assert await sweeper(pool).sweep_threads() == 0
    await pool.execute("update thread set status = 'idle' where thread_id = $1", due)
    assert await sweeper(pool).sweep_threads() == 0
    await pass_minutes(pool, 61)
    assert await sweeper(pool).sweep_threads() == 1


async def test_a_hidden_thread_is_left_to_who_waits_for_its_output(pool: asyncpg.Pool) -> None:
    due = await thread(pool, "delete")
    await pool.execute("update thread set hidden_at = now() where thread_id = $1", due)
    assert await sweeper(pool).sweep_threads() == 0


async def test_every_way_to_a_thread_gives_it_the_default(pool: asyncpg.Pool) -> None:
    own = await threads.insert(pool, uuid4(), {}, HOUR["delete"])
    plain = await threads.insert(pool, uuid4(), {})
    await pool.execute("insert into thread (thread_id) values ($1)", uuid4())
    async with pool.acquire() as connection, connection.transaction():
        copied = await threads.copy(
            connection, own["thread_id"], {"thread_id": uuid4(), "metadata": {}}
        )
    assert own["ttl"] == HOUR["delete"]
    assert plain["ttl"] == copied["ttl"] == DEFAULT
    query = "select count(*) from thread where ttl = $1 and look_at = created_at + lifetime(ttl)"
    assert await pool.fetchval(query, DEFAULT) == 3


async def test_sweepers_share_the_work_and_keep_to_their_limit(pool: asyncpg.Pool) -> None:
    count = 2 * BATCH
    await pool.execute(
        """insert into thread (thread_id, ttl, updated_at, look_at)
           select gen_random_uuid(), $2, now() - interval '2 hours', now() - interval '1 hour'
           from generate_series(1, $1)""",
        count,
        HOUR["delete"],
    )
    assert await sweeper(pool, sweep_limit=BATCH // 2).sweep_threads() == BATCH // 2
    swept = await asyncio.gather(*(sweeper(pool).sweep_threads() for _ in range(3)))
    swept += [await sweeper(pool).sweep_threads()]
    assert sum(swept) == count - BATCH // 2
    assert await pool.fetchval("select count(*) from thread") == 0


async def test_looking_reads_an_index_that_knows_only_what_expires(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "insert into thread (thread_id, look_at) select gen_random_uuid(), null"
        " from generate_series(1, 2000)"
    )
    await pool.execute("analyze thread")
    plan = await pool.fetch("explain select * from thread where look_at < now()")
    assert any("thread_expiry" in row[0] for row in plan), plan
