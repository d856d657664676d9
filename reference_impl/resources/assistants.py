"""Assistants as rows: the current one, and every version it has ever had.

The row in `assistant` is a copy of the version that is latest by decision, which need not be the
newest: going back to version 1 and patching makes a version after the newest one, never a second 2.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql
from onceproof.reference_impl.database import fetch_page
from onceproof.reference_impl.errors import Unknown, Unusable
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.resources.graphs import Graphs, default_assistant_id
from onceproof.reference_impl.sql.search import ASSISTANTS

#: What a version holds; everything of it but the number is the client's to change.
CONTENT = ("graph_id", "name", "description", "config", "context", "metadata")
FIELDS = ("assistant_id", *CONTENT, "version", "created_at", "updated_at")


async def register_defaults(pool: asyncpg.Pool, graphs: Graphs) -> None:
    """Make sure each graph has its default assistant; safe when replicas start together."""
    for graph_id in graphs.ids:
        content = {
            "graph_id": graph_id,
            "name": graph_id,
            "description": None,
            "config": {},
            "context": {},
            "metadata": {"created_by": "system"},
        }
        await insert(pool, default_assistant_id(graph_id), content)


async def insert(pool: asyncpg.Pool, assistant_id: UUID, content: Mapping[str, Any]) -> Any:
    """Create an assistant; None if the id is taken: of concurrent calls one gets the row."""
    return await pool.fetchrow(
        sql.assistants.INSERT, assistant_id, *(content[name] for name in CONTENT)
    )


async def find(
    connection: asyncpg.Pool | asyncpg.Connection,
    graphs: Graphs,
    assistant_id: UUID,
    rule: str | None = None,
    *,
    lock: bool = False,
) -> Any:
    """Return the row; None if it does not exist, its graph is not served, or the rule forbids it.

    `lock` keeps the row as it is until the connection's transaction ends.
    """
    query = sql.assistants.FIND_AND_LOCK if lock else sql.assistants.FIND
    return await connection.fetchrow(query, assistant_id, graphs.ids, rule)


async def permits(connection: asyncpg.Connection, rule: str | None, metadata: Any) -> bool:
    """Return whether the rule lets an assistant with this metadata through."""
    return bool(await connection.fetchval(sql.assistants.IS_PERMITTED, rule, metadata))


async def add_version(
    connection: asyncpg.Connection, assistant_id: UUID, content: Mapping[str, Any]
) -> Any:
    """Store the content as the version after the newest and make it latest. Needs the lock."""
    return await connection.fetchrow(
        sql.assistants.NEW_VERSION, assistant_id, *(content[name] for name in CONTENT)
    )


async def set_latest(
    connection: asyncpg.Connection, graphs: Graphs, assistant_id: UUID, version: int
) -> Any:
    """Make that version the latest and return the row; None if unknown. Needs the lock."""
    return await connection.fetchrow(sql.assistants.SET_LATEST, assistant_id, version, graphs.ids)


async def list_versions(
    pool: asyncpg.Pool, assistant_id: UUID, metadata: Mapping[str, Any], *, limit: int, offset: int
) -> list[asyncpg.Record]:
    """List the versions whose metadata contains `metadata`, newest first."""
    values = (assistant_id, metadata, limit, offset)
    return await fetch_page(pool, sql.assistants.VERSIONS, values, limit=limit)


async def search(
    pool: asyncpg.Pool,
    wanted: Mapping[str, Any],
    *,
    order: str = "created_at desc",
    limit: int,
    offset: int,
) -> list[asyncpg.Record]:
    """Return the assistants that fit `wanted`, which names each condition of the search.

    `graph_ids` are those served or asked for; `order` must be of the server's own making.
    """
    statement, values = ASSISTANTS.rows(wanted, order=order, limit=limit, offset=offset)
    return await fetch_page(pool, statement, values, limit=limit)


async def count(pool: asyncpg.Pool, wanted: Mapping[str, Any]) -> int:
    """Return how many assistants a search for `wanted` finds."""
    statement, values = ASSISTANTS.count(wanted)
    return await pool.fetchval(statement, *values)


async def delete(
    pool: asyncpg.Pool, assistant_id: UUID, *, with_threads: bool, thread_rule: str | None = None
) -> list[UUID]:
    """Remove the assistant, its versions and crons; return its runs that are still under way.

    `with_threads` also removes the threads that only this assistant has worked on, as far as the
    rule lets the caller reach them.
    """
    async with pool.acquire() as connection, connection.transaction():
        # Crons go with their thread and with their assistant: threads first, as everywhere.
        if with_threads:
            own = await connection.fetch(sql.assistants.OWN_THREADS, assistant_id, thread_rule)
            for row in own:
                await threads.delete(connection, row["thread_id"])
        await connection.execute(sql.assistants.DELETE, assistant_id)
        rows = await connection.fetch(sql.assistants.ACTIVE_RUNS, assistant_id)
    return [row["run_id"] for row in rows]


# -- by what clients call them ---------------------------------------------------------------------


async def resolve(
    pool: asyncpg.Pool, graphs: Graphs, name: str, rule: str | None = None
) -> dict[str, Any]:
    """Return the row of the assistant that the name stands for, if it fulfils the rule.

    Raises Unknown for an unknown UUID and Unusable for a name that does not belong to a graph.
    """
    assistant_id = identify(graphs, name)
    return dict(require(await find(pool, graphs, assistant_id, rule), assistant_id))


def identify(graphs: Graphs, name: str) -> UUID:
    """Return the id that a name stands for: a UUID, or the default assistant of a graph by its id.

    Raises Unusable for anything else.
    """
    try:
        return UUID(name)
    except ValueError:
        if name not in graphs:
            raise Unusable(
                f"assistant_id: {name!r} is neither a UUID nor one of the graphs {graphs.ids}"
            ) from None
    return default_assistant_id(name)


def require(row: Any, assistant_id: UUID) -> Any:
    """Return the row; raises Unknown if it is None."""
    if row is None:
        raise Unknown(f"there is no assistant {assistant_id}")
    return row
