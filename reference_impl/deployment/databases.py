"""Postgres and Redis as they answer: a pooler or a cluster in their place is refused by name.

Both look like the real thing at first. A pooler in transaction mode gives each transaction another
session, and locks and settings of a session are lost between two; a node of a Redis Cluster takes
connections, and refuses the first key that belongs to another node. So a start asks what is there.
"""

import asyncio
from typing import Any

import asyncpg
import redis.asyncio as redis
from redis.exceptions import ResponseError

from onceproof.reference_impl import sql
from onceproof.reference_impl.errors import DependencyError

#: How long a pooler may take to give a second session; one that has none left never does.
SECOND_S = 3.0
TRIES = 3

_POOLED = (
    "DATABASE_URI: what answers there is a pooler in transaction mode, as PgBouncer has it, which "
    "gives each transaction another session, while this server keeps locks and settings in its "
    "sessions; name Postgres itself, or set pool_mode=session for this database"
)
_KINDS = {
    "cluster": "a node of a Redis Cluster",
    "sentinel": "a Redis Sentinel",
}


async def require_sessions(uri: str) -> None:
    """Require that a session stays the same from one transaction to the next; DependencyError."""
    one = await _connect(uri)
    try:
        # The number that a pooler gives a client at first is of its own making.
        if await _ask_pid(one) == one.get_server_pid():
            return
        other = await _connect(uri)
        try:
            for _ in range(TRIES):
                if await _changes(one, other):
                    raise DependencyError(_POOLED)
        finally:
            other.terminate()
    finally:
        one.terminate()


async def require_single_redis(uri: str) -> None:
    """Require a Redis that has all keys itself; DependencyError for what is none."""
    async with redis.Redis.from_url(uri, socket_connect_timeout=5, socket_timeout=10) as client:
        try:
            info = await client.info()
        except ResponseError:  # not everybody may ask; the first key will show it
            return
    mode = "cluster" if str(info.get("cluster_enabled")) == "1" else info.get("redis_mode")
    if mode in _KINDS:
        raise DependencyError(f"REDIS_URI: what answers there is {_KINDS[mode]}; {_INSTEAD}")


_INSTEAD = "this server needs a Redis of its own kind: name one that is no part of a cluster"


def explain_redis(error: Exception) -> DependencyError:
    """Return why the first use of Redis failed: a replica, a node that lacks the key, no right."""
    return DependencyError(f"REDIS_URI: Redis refuses to be used ({error}); {_INSTEAD}")


async def _connect(uri: str) -> asyncpg.Connection:
    return await asyncpg.connect(uri, timeout=10, command_timeout=30, statement_cache_size=0)


async def _ask_pid(connection: asyncpg.Connection) -> Any:
    async with connection.transaction():
        return await connection.fetchval(sql.deployment.SESSION)


async def _changes(one: asyncpg.Connection, other: asyncpg.Connection) -> bool:
    """Whether `one` gets another session while `other` holds the one that it had."""
    before = await _ask_pid(one)
    async with other.transaction():
        await other.fetchval(sql.deployment.SESSION)
        try:
            async with asyncio.timeout(SECOND_S):
                return await _ask_pid(one) != before
        except TimeoutError:
            return True
