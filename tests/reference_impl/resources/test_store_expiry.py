"""Items that live for a time: how long that is, what prolongs it, and what is left after it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl import database
from onceproof.reference_impl.resources.expiry import BATCH, Sweeper
from onceproof.reference_impl.resources.store import PostgresStore
from onceproof.reference_impl.resources.ttl import ItemLifetime, Lifetimes, ThreadLifetime

pytestmark = pytest.mark.anyio

HERE = ("a", "b")
LEFT = "select key, expires_at - now() as left from store_item where expires_at is not null"


@pytest.fixture
async def pool(stack: Stack) -> AsyncIterator[asyncpg.Pool]:
    """A database of the test's own, as a sweep takes whatever is due."""
    pool = await database.open_pool(stack.add_database(f"items_{uuid4().hex[:8]}"), 6)
    await database.migrate(pool)
    yield pool
    await pool.close()


def store(pool: asyncpg.Pool, **said: Any) -> PostgresStore:
    return PostgresStore(pool, ItemLifetime(**said).of_store())


async def pass_minutes(pool: asyncpg.Pool, minutes: float) -> None:
    """What was put so far, is so much older."""
    await pool.execute(
        """update store_item set created_at = created_at - $1::interval,
               expires_at = expires_at - $1::interval""",
        timedelta(minutes=minutes),
    )


async def read_minutes(pool: asyncpg.Pool) -> dict[str, int]:
    rows = await pool.fetch(LEFT)
    return {row["key"]: round(row["left"].total_seconds() / 60) for row in rows}


async def test_an_expired_item_is_there_for_nobody_before_it_is_swept(pool: asyncpg.Pool) -> None:
    items = store(pool)
    await items.aput(HERE, "mortal", {}, ttl=10)
    await items.aput(("other",), "mortal", {}, ttl=11)
    before = await items.aget(HERE, "mortal")
    assert before is not None
    await pass_minutes(pool, 10)
    assert await items.aget(HERE, "mortal") is None
    assert [item.namespace for item in await items.asearch(())] == [("other",)]
    assert await items.alist_namespaces() == [("other",)]
    await items.aput(HERE, "mortal", {"new": True})
    after = await items.aget(HERE, "mortal")
    assert after is not None
    assert after.created_at >= before.updated_at
    assert await read_minutes(pool) == {"mortal": 11}


async def test_a_put_begins_a_new_life_or_ends_mortality(pool: asyncpg.Pool) -> None:
    items = store(pool, default_ttl=20)
    await items.aput(HERE, "by default", {})
    await items.aput(HERE, "own", {}, ttl=30)
    await items.aput(HERE, "for ever", {}, ttl=None)
    assert await read_minutes(pool) == {"by default": 20, "own": 30}
    await items.aput(HERE, "own", {}, ttl=5)
    await items.aput(HERE, "by default", {}, ttl=None)
    assert await read_minutes(pool) == {"own": 5}


@pytest.mark.parametrize("by_default", [True, False])
async def test_a_read_refreshes_if_it_or_else_the_deployment_says_so(
    pool: asyncpg.Pool, by_default: bool
) -> None:
    items = store(pool, refresh_on_read=by_default)
    for read in (
        lambda refresh: items.aget(HERE, "mortal", refresh_ttl=refresh),
        lambda refresh: items.asearch(HERE, refresh_ttl=refresh),
    ):
        for refresh, refreshes in ((True, True), (False, False), (None, by_default)):
            await items.aput(HERE, "mortal", {}, ttl=60)
            await items.aput(HERE, "immortal", {})
            await pass_minutes(pool, 40)
            await read(refresh)
            assert await read_minutes(pool) == {"mortal": 60 if refreshes else 20}


async def test_a_sweep_takes_what_has_expired_and_nothing_else(pool: asyncpg.Pool) -> None:
    items = store(pool)
    await items.aput(HERE, "young", {}, ttl=60)
    await items.aput(HERE, "immortal", {})
    await pool.execute(
        """insert into store_item (prefix, key, value, ttl_minutes, expires_at)
           select 'many', n::text, '{}', 1, now() - interval '1 minute'
           from generate_series(1, $1) n""",
        BATCH + 1,
    )
    sweeper = Sweeper(pool, Lifetimes(ThreadLifetime(), ItemLifetime()))
    assert await sweeper.sweep_items() == BATCH + 1
    keys = await pool.fetch("select key from store_item order by key")
    assert [row["key"] for row in keys] == ["immortal", "young"]
