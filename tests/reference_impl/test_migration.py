"""A replica that starts beside others must not get in the way of what they do."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl import database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def empty(stack: Stack) -> AsyncIterator[asyncpg.Pool]:
    pool = await database.open_pool(stack.add_database(f"migrate_{uuid4().hex[:8]}"), 6)
    yield pool
    await pool.close()


async def test_replicas_that_start_together_agree(empty: asyncpg.Pool) -> None:
    ids = await asyncio.gather(*(database.migrate(empty) for _ in range(4)))
    assert len(set(ids)) == 1


async def test_a_schema_that_is_there_is_left_alone(empty: asyncpg.Pool) -> None:
    made = await database.migrate(empty)
    async with empty.acquire() as connection, connection.transaction():
        await connection.execute("lock table run, thread, cron in row exclusive mode")
        async with asyncio.timeout(5):
            assert await database.migrate(empty) == made


async def test_another_schema_is_applied(empty: asyncpg.Pool) -> None:
    made = await database.migrate(empty)
    await empty.execute("drop table cron")
    await empty.execute("update migration set digest = 'that of an older server'")
    assert await database.migrate(empty) == made
    assert await empty.fetchval("select count(*) from cron") == 0
