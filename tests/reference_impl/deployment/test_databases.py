"""A pooler or a cluster where Postgres and Redis should be is refused by name."""

from typing import Any

import pytest
import redis.asyncio as redis
from redis.exceptions import NoPermissionError

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl.deployment import databases
from onceproof.reference_impl.errors import DependencyError

pytestmark = pytest.mark.anyio


async def test_postgres_and_redis_themselves_are_taken(stack: Stack) -> None:
    await databases.require_sessions(stack.database_uri)
    await databases.require_single_redis(stack.redis_uri)


@pytest.mark.parametrize("sessions, pooled", [([1, 1, 2], True), ([1, 1, 1], False)])
async def test_a_session_that_changes_is_a_poolers(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, sessions: list[int], pooled: bool
) -> None:
    """The first number differs from Postgres' own, so it comes from a pooler; of which kind?"""
    numbers = iter([*sessions, *[1] * 9])

    async def ask(connection: Any) -> int:
        return next(numbers)

    monkeypatch.setattr(databases, "_ask_pid", ask)
    if not pooled:
        await databases.require_sessions(stack.database_uri)
        return
    with pytest.raises(DependencyError, match="a pooler in transaction mode, as PgBouncer"):
        await databases.require_sessions(stack.database_uri)


@pytest.mark.parametrize(
    "info, named",
    [
        ({"redis_mode": "cluster"}, "a node of a Redis Cluster"),
        ({"redis_mode": "standalone", "cluster_enabled": 1}, "a node of a Redis Cluster"),
        ({"redis_mode": "sentinel"}, "a Redis Sentinel"),
    ],
)
async def test_another_kind_of_redis_is_refused_by_name(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, info: Any, named: str
) -> None:
    async def answer(self: Any) -> Any:
        return info

    monkeypatch.setattr(redis.Redis, "info", answer)
    with pytest.raises(DependencyError, match=f"REDIS_URI: what answers there is {named}"):
        await databases.require_single_redis(stack.redis_uri)


async def test_a_redis_that_says_nothing_about_itself_is_taken(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: Any) -> Any:
        raise NoPermissionError("this user has no permissions to run the 'info' command")

    monkeypatch.setattr(redis.Redis, "info", refuse)
    await databases.require_single_redis(stack.redis_uri)
