"""A key is kept with the runs it stands for, for as long as a retry may come, and no longer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl.core import idempotency
from onceproof.reference_impl.core.run import RunRequest, RunSpec, ThreadMissing
from tests.reference_impl.queues import own_queue

pytestmark = pytest.mark.anyio

AGE = "update idempotency_key set created_at = created_at - $1::interval"


@pytest.fixture
async def parts(stack: Stack) -> AsyncIterator[SimpleNamespace]:
    async with own_queue(stack, "keys") as made:
        yield made


def key(body: Any = None) -> idempotency.Key:
    return idempotency.Key.of("k", user=None, path="/runs", body=body)


def request(**fields: Any) -> RunRequest:
    return RunRequest(
        uuid4(), uuid4(), uuid4(), RunSpec("plain"), **({"create_thread": True} | fields)
    )


async def accept(parts: SimpleNamespace, run: RunRequest) -> asyncpg.Record:
    [row] = await idempotency.accept(parts.pool, parts.queue, key(), [run])
    return row


async def count(parts: SimpleNamespace, table: str) -> int:
    return await parts.pool.fetchval(f"select count(*) from {table}")


async def test_a_key_stands_for_its_run(parts: SimpleNamespace) -> None:
    first = await accept(parts, request())
    with pytest.raises(idempotency.Repeated) as earlier:
        await accept(parts, request())
    assert [run["run_id"] for run in earlier.value.runs] == [first["run_id"]]
    assert await count(parts, "run") == 1


async def test_what_is_refused_leaves_no_key(parts: SimpleNamespace) -> None:
    with pytest.raises(ThreadMissing):
        await accept(parts, request(create_thread=False))
    assert await count(parts, "idempotency_key") == 0


async def test_a_key_outlives_its_run(parts: SimpleNamespace) -> None:
    await accept(parts, request())
    await parts.pool.execute("delete from run")
    with pytest.raises(idempotency.RunGone):
        await accept(parts, request())


async def test_a_key_may_be_used_again_after_a_day(parts: SimpleNamespace) -> None:
    first = await accept(parts, request())
    await parts.pool.execute(AGE, timedelta(hours=23, minutes=59))
    with pytest.raises(idempotency.Repeated):
        await accept(parts, request())
    await parts.pool.execute(AGE, timedelta(minutes=1))
    assert (await accept(parts, request()))["run_id"] != first["run_id"]


async def test_the_sweep_forgets_keys_of_yesterday_only(parts: SimpleNamespace) -> None:
    await accept(parts, request())
    await parts.recovery.sweep()
    assert await count(parts, "idempotency_key") == 1
    await parts.pool.execute(AGE, timedelta(hours=25))
    await parts.recovery.sweep()
    assert await count(parts, "idempotency_key") == 0


def test_a_body_is_the_same_whatever_the_order_of_its_fields() -> None:
    assert key({"a": 1, "b": {"c": 2, "d": 3}}) == key({"b": {"d": 3, "c": 2}, "a": 1})
    assert key({"a": 1}).asked != key({"a": 2}).asked
