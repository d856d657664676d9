"""A call is owed exactly when a transaction that ended a run with a webhook was committed."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from onceproof.reference_impl.webhooks.outbox import Outbox

URL = "https://hooks.example/x"


async def running(pool: asyncpg.Pool, kwargs: dict[str, Any]) -> UUID:
    """A run that has started, on a thread of its own."""
    thread_id, run_id = uuid4(), uuid4()
    await pool.execute("insert into thread (thread_id) values ($1)", thread_id)
    await pool.execute(
        """insert into run (run_id, thread_id, assistant_id, status, kwargs, multitask_strategy,
               attempt, ready, due, started_at)
           values ($1, $2, $1, 'running', $3, 'enqueue', 1, false, now(), now())""",
        run_id,
        thread_id,
        kwargs,
    )
    return run_id


async def finish(connection: Any, run_id: UUID, *, hide: bool = False) -> None:
    values = {"answer": 42}
    await connection.execute(
        "select finish_run($1, 1, 'success', '{}', $2, '{}', null, 'idle', $3)",
        run_id,
        values,
        hide,
    )


async def list_deliveries(pool: asyncpg.Pool, run_id: UUID) -> list[asyncpg.Record]:
    return await pool.fetch("select * from webhook_delivery where run_id = $1", run_id)


async def owed_by_one(pool: asyncpg.Pool, *, hide: bool = False) -> asyncpg.Record:
    """The one call that is owed by a run with a webhook, which has ended."""
    run_id = await running(pool, {"webhook": URL})
    await finish(pool, run_id, hide=hide)
    [delivery] = await list_deliveries(pool, run_id)
    return delivery


@pytest.mark.anyio
async def test_the_end_of_a_run_owes_one_call_with_what_its_thread_took_over(
    pool: asyncpg.Pool,
) -> None:
    delivery = await owed_by_one(pool)
    assert delivery["url"] == URL
    assert delivery["payload"]["status"] == "success"
    assert delivery["payload"]["values"] == {"answer": 42}


@pytest.mark.anyio
async def test_what_is_rolled_back_owes_nothing(pool: asyncpg.Pool) -> None:
    run_id = await running(pool, {"webhook": URL})
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await finish(connection, run_id)
        await transaction.rollback()
    assert await list_deliveries(pool, run_id) == []


@pytest.mark.anyio
@pytest.mark.parametrize("kwargs", [{}, {"webhook": None}])
async def test_a_run_without_a_webhook_owes_nothing(
    pool: asyncpg.Pool, kwargs: dict[str, Any]
) -> None:
    run_id = await running(pool, kwargs)
    await finish(pool, run_id)
    assert await list_deliveries(pool, run_id) == []


@pytest.mark.anyio
async def test_values_of_a_thread_that_hides_are_not_told(pool: asyncpg.Pool) -> None:
    delivery = await owed_by_one(pool, hide=True)
    assert delivery["payload"]["values"] is None


@pytest.mark.anyio
async def test_a_claimed_call_is_nobody_elses_until_its_lease_has_passed(
    pool: asyncpg.Pool,
) -> None:
    delivery = await owed_by_one(pool)
    outbox = Outbox(pool, lease_s=60)
    mine = {row["delivery_id"] for row in await outbox.claim(100)}
    assert delivery["delivery_id"] in mine
    assert await outbox.claim(100) == []
    await outbox.hand_back([delivery["delivery_id"]])
    [again] = await outbox.claim(100)
    assert again["delivery_id"] == delivery["delivery_id"]
    await outbox.settle(delivery["delivery_id"])
    assert await list_deliveries(pool, delivery["run_id"]) == []


@pytest.mark.anyio
async def test_a_failed_call_is_due_again_after_its_pause(pool: asyncpg.Pool) -> None:
    delivery = await owed_by_one(pool)
    outbox = Outbox(pool, lease_s=60)
    await outbox.claim(100)
    await outbox.retry(delivery["delivery_id"], 0.0)
    [again] = await outbox.claim(100)
    assert (again["delivery_id"], again["failures"]) == (delivery["delivery_id"], 1)
    await outbox.settle(delivery["delivery_id"])
