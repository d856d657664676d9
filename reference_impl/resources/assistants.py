"""Assistants as rows: the current one, and every version it has ever had.

The row in `assistant` is a copy of the version that is latest by decision, which need not be the
newest: going back to version 1 and patching makes a version after the newest one, never a second 2.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.resources.graphs import Graphs, default_assistant_id
from onceproof.reference_impl.resources.store_filter import Parameters

#: What a version holds; everything of it but the number is the client's to change.
CONTENT = ("graph_id", "name", "description", "config", "context", "metadata")
FIELDS = ("assistant_id", *CONTENT, "version", "created_at", "updated_at")

_INSERT = """
    with made as (
        insert into assistant (assistant_id, graph_id, name, description, config, context, metadata)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (assistant_id) do nothing returning *
    ), first as (
        insert into assistant_version
        select assistant_id, version, graph_id, name, description, config, context, metadata,
               created_at
        from made
    )
    select * from made
"""

# The row is locked by a statement of its own before this one runs, so that the newest version is
# read after the lock was granted and concurrent patches get consecutive numbers.
_NEW_VERSION = """
    with made as (
        insert into assistant_version
        select $1, max(version) + 1, $2, $3, $4, $5, $6, $7 from assistant_version
        where assistant_id = $1 returning *
    )
    update assistant a set version = made.version, graph_id = made.graph_id, name = made.name,
        description = made.description, config = made.config, context = made.context,
        metadata = made.metadata, updated_at = now()
    from made where a.assistant_id = made.assistant_id returning a.*
"""

_SET_LATEST = """
    update assistant a set version = v.version, graph_id = v.graph_id, name = v.name,
        description = v.description, config = v.config, context = v.context,
        metadata = v.metadata, updated_at = now()
    from assistant_version v
    where a.assistant_id = $1 and v.assistant_id = $1 and v.version = $2 and v.graph_id = any($3)
    returning a.*
"""

_VERSIONS = """
    select assistant_id, version, graph_id, name, description, config, context, metadata, created_at
    from assistant_version where assistant_id = $1 and metadata @> $2
    order by version desc limit $3 offset $4
"""

# A thread that another assistant's run also used is not this assistant's to take along.
_THREADS = """
    select thread_id from thread t
    where t.metadata @> jsonb_build_object('assistant_id', $1::uuid) and permits($2, t.metadata)
      and not exists (
        select from run r where r.thread_id = t.thread_id and r.assistant_id <> $1)
    order by t.thread_id
"""


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
    """The new row, or None if the id is taken: of concurrent calls exactly one gets the row."""
    return await pool.fetchrow(_INSERT, assistant_id, *(content[name] for name in CONTENT))


async def find(
    connection: asyncpg.Pool | asyncpg.Connection,
    graphs: Graphs,
    assistant_id: UUID,
    rule: str | None = None,
    *,
    lock: bool = False,
) -> Any:
    """The row, or None if there is none, its graph is no longer served, or the rule forbids it.

    `lock` keeps the row as it is until the connection's transaction ends.
    """
    query = """select * from assistant
               where assistant_id = $1 and graph_id = any($2) and permits($3, metadata)"""
    return await connection.fetchrow(
        query + (" for update" if lock else ""), assistant_id, graphs.ids, rule
    )


async def permits(connection: asyncpg.Connection, rule: str | None, metadata: Any) -> bool:
    """Whether the rule lets an assistant with this metadata through."""
    return bool(await connection.fetchval("select permits($1, $2::jsonb)", rule, metadata))


async def new_version(
    connection: asyncpg.Connection, assistant_id: UUID, content: Mapping[str, Any]
) -> Any:
    """Store the content as the version after the newest and make it latest. Needs the lock."""
    return await connection.fetchrow(
        _NEW_VERSION, assistant_id, *(content[name] for name in CONTENT)
    )


async def set_latest(
    connection: asyncpg.Connection, graphs: Graphs, assistant_id: UUID, version: int
) -> Any:
    """The row with the content of that version, or None if there is none. Needs the lock."""
    return await connection.fetchrow(_SET_LATEST, assistant_id, version, graphs.ids)


async def versions(
    pool: asyncpg.Pool, assistant_id: UUID, metadata: Mapping[str, Any], *, limit: int, offset: int
) -> list[asyncpg.Record]:
    """Versions from the newest on whose metadata contains the given one."""
    return await pool.fetch(_VERSIONS, assistant_id, metadata, limit, offset)


async def search(
    pool: asyncpg.Pool,
    wanted: Mapping[str, Any],
    *,
    order: str = "created_at desc",
    limit: int,
    offset: int,
) -> list[asyncpg.Record]:
    """Assistants that fit `wanted` (see `_where`); `order` must be of the server's own making."""
    parameters = Parameters()
    return await pool.fetch(
        f"""
        select * from assistant where {_where(wanted, parameters)}
        order by {order}, assistant_id
        limit {parameters.add(limit)} offset {parameters.add(offset)}
        """,
        *parameters.values,
    )


async def count(pool: asyncpg.Pool, wanted: Mapping[str, Any]) -> int:
    parameters = Parameters()
    where = _where(wanted, parameters)
    return await pool.fetchval(f"select count(*) from assistant where {where}", *parameters.values)


async def delete(
    pool: asyncpg.Pool, assistant_id: UUID, *, with_threads: bool, thread_rule: str | None = None
) -> list[UUID]:
    """Remove the assistant, its versions and crons; the ids of its runs that are still under way.

    `with_threads` also removes the threads that only this assistant has worked on, as far as the
    rule lets the caller at them.
    """
    async with pool.acquire() as connection, connection.transaction():
        # Crons go with their thread and with their assistant: threads first, as everywhere.
        if with_threads:
            for row in await connection.fetch(_THREADS, assistant_id, thread_rule):
                await threads.delete(connection, row["thread_id"])
        await connection.execute("delete from assistant where assistant_id = $1", assistant_id)
        rows = await connection.fetch(
            """select run_id from run where assistant_id = $1
               and status in ('pending', 'running')""",
            assistant_id,
        )
    return [row["run_id"] for row in rows]


def _where(wanted: Mapping[str, Any], parameters: Parameters) -> str:
    """`graph_ids` served or asked for, `metadata` contained, `name` a part of the name, `rule`."""
    graph_ids: Sequence[str] = wanted["graph_ids"]
    conditions = [f"graph_id = any({parameters.add(graph_ids)}::text[])"]
    if wanted.get("metadata"):
        conditions.append(f"metadata @> {parameters.add(wanted['metadata'])}::jsonb")
    if wanted.get("rule"):
        conditions.append(f"permits({parameters.add(wanted['rule'])}, metadata)")
    if wanted.get("name"):
        name = f"lower({parameters.add(wanted['name'])}::text)"
        conditions.append(f"position({name} in lower(name)) > 0")
    return " and ".join(conditions)
