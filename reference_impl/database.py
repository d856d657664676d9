"""The Postgres pool, its codecs, and the migration."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from typing import Any

import asyncpg

from onceproof.reference_impl import encoding, sql

#: What asyncpg and the socket below it raise when Postgres is gone, going, starting, full, or not
#: answering. InternalClientError comes from a session that knows of the server's end but is not
#: cut yet: it takes no more statements.
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)

#: Any constant will do, as long as every replica uses the same one.
_STARTING_LOCK = 0x6F6E6365

#: How many rows of a long list are fetched at once: more could hold the event loop for too long.
TURN_ROWS = 10


class _Connection(asyncpg.Connection):
    """A connection that needs no reset: this server changes no session state."""

    def get_reset_query(self) -> str:
        """Return no query: the default costs a round trip each time a connection is returned."""
        return ""


async def _prepare(connection: asyncpg.Connection, session: Mapping[str, str]) -> None:
    # Not at the start of the connection: a pooler refuses one that begins with settings.
    for name, value in session.items():
        await connection.execute(sql.deployment.SET_SESSION, name, value)
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + encoding.dumps(value),
        decoder=lambda data: encoding.loads(memoryview(data)[1:]),
    )


async def open_pool(uri: str, size: int, **session: str) -> asyncpg.Pool:
    """Open a pool of at most `size` connections; jsonb columns are Python values, in and out.

    `session` are settings of Postgres that each connection has.
    """
    return await asyncpg.create_pool(
        uri,
        min_size=1,
        max_size=size,
        init=partial(_prepare, session=session),
        connection_class=_Connection,
        timeout=10,
        command_timeout=30,
        server_settings={"application_name": "agent-server"},
    )


async def fetch_page(
    pool: asyncpg.Pool, statement: str, values: Sequence[Any], *, limit: int
) -> list[asyncpg.Record]:
    """Fetch rows as `fetch_in_turns` does, by a connection of the pool."""
    async with pool.acquire() as connection:
        return await fetch_in_turns(connection, statement, values, limit=limit)


async def fetch_in_turns(
    connection: asyncpg.Connection, statement: str, values: Sequence[Any], *, limit: int
) -> list[asyncpg.Record]:
    """Fetch at most `limit` rows whose size is the clients' doing, few of them in one go.

    The driver decodes rows as they come in, and the event loop gives it two megabytes before
    anybody else has a turn. A cursor asks for the next rows only when the last ones are decoded.
    """
    if limit <= TURN_ROWS:
        return await connection.fetch(statement, *values)
    async with connection.transaction():
        cursor = connection.cursor(statement, *values, prefetch=TURN_ROWS)
        return [row async for row in cursor]


def thread_ttl(default: dict[str, Any] | None) -> dict[str, str]:
    """Return the session setting that default_thread_ttl() reads (see sql/schema/schema.sql)."""
    return {"agent_server.thread_ttl": encoding.dumps(default).decode()} if default else {}


@asynccontextmanager
async def alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Enter a transaction that replicas take one at a time when they start."""
    async with connection.transaction():
        await connection.execute(sql.deployment.LOCK_START, _STARTING_LOCK)
        yield


async def migrate(pool: asyncpg.Pool) -> str:
    """Create what is missing and return the deployment's id. Safe when replicas start together.

    `create table if not exists` alone is not: two sessions may both find nothing and one then
    fails on the catalogue's unique index. The advisory lock lets them through one at a time.

    A script that has been applied is not applied again: even a `create index if not exists` with
    nothing to do locks its table, and can deadlock with the runs of replicas that are up.
    """
    folder = files("onceproof.reference_impl.sql").joinpath("schema")
    names = ("schema.sql", "functions.sql", "webhooks.sql", "idempotency.sql")
    scripts = [folder.joinpath(name).read_text(encoding="utf-8") for name in names]
    digest = hashlib.sha256("".join(scripts).encode()).hexdigest()
    async with pool.acquire() as connection, alone(connection):
        if await _read_digest(connection) != digest:
            for script in scripts:
                await connection.execute(script)
            await connection.execute(sql.deployment.SET_DIGEST, digest)
        return str(await connection.fetchval(sql.deployment.ID))


async def _read_digest(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval(sql.deployment.IS_MIGRATED) is None:
        return None
    return await connection.fetchval(sql.deployment.APPLIED_DIGEST)


async def ping(pool: asyncpg.Pool) -> Any:
    """Check within two seconds that Postgres answers; raises what the driver raises."""
    return await pool.fetchval(sql.deployment.PING, timeout=2)
