"""Threads as rows: what the endpoints do to them, each in as few statements as stay correct.

A thread with `hidden_at` set belonged to one stateless run that has ended; nothing here finds it.
A `rule` is what the thread's metadata has to fulfil for the caller (see auth/filters.py): a thread
that does not is treated as missing. Every function takes the connection, so that a caller may put
several into one transaction.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql

Queryable: TypeAlias = "asyncpg.Connection | asyncpg.Pool"

#: A field of a thread as the API shows it, each of them a column.
Field = Literal[
    "thread_id",
    "created_at",
    "updated_at",
    "state_updated_at",
    "metadata",
    "status",
    "config",
    "values",
    "interrupts",
    "error",
]
FIELDS: tuple[Field, ...] = get_args(Field)


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the thread as the API answers it; one without state has empty values, not null."""
    thread = {name: row[name] for name in FIELDS}
    return thread | {"values": {} if row["values"] is None else row["values"]}


async def find(
    connection: Queryable, thread_id: UUID, rule: str | None = None, *, lock: bool = False
) -> Any:
    """Return the thread's row or None; `lock` keeps runs from being created until the commit."""
    query = sql.threads.FIND_AND_LOCK if lock else sql.threads.FIND
    return await connection.fetchrow(query, thread_id, rule)


async def insert(
    connection: Queryable,
    thread_id: UUID,
    metadata: dict[str, Any],
    ttl: dict[str, Any] | None = None,
) -> Any:
    """Create a thread; None if the id is taken: of concurrent calls exactly one gets the row.

    Without a `ttl` the deployment's default holds.
    """
    return await connection.fetchrow(sql.threads.INSERT, thread_id, metadata, ttl)


async def change(
    connection: Queryable, thread_id: UUID, changes: Mapping[str, Any], rule: str | None = None
) -> Any:
    """Change a thread and return its row; None if there is no such thread.

    The `metadata` of `changes` is laid over the thread's own, key by key; its `ttl` replaces the
    thread's, if it is not None. None as well if the thread would no longer fulfil the rule: nobody
    can give a thread away.
    """
    return await connection.fetchrow(
        sql.threads.CHANGE, thread_id, changes["metadata"], rule, changes["ttl"]
    )


async def running_run(
    connection: Queryable, thread_id: UUID, rule: str | None = None
) -> UUID | None:
    """Return the run that a worker is executing on the thread; None if there is none."""
    return await connection.fetchval(sql.threads.RUNNING_RUN, thread_id, rule)


async def is_busy(connection: Queryable, thread_id: UUID) -> bool:
    """Return whether a run is pending or running on the thread."""
    return await connection.fetchval(sql.threads.IS_BUSY, thread_id)


async def delete(
    connection: asyncpg.Connection, thread_id: UUID, rule: str | None = None
) -> list[UUID] | None:
    """Remove a thread, its runs, its crons and its history. Needs a transaction.

    Returns the runs that had not ended, or None if there is no such thread.
    """
    if not await find(connection, thread_id, rule, lock=True):
        return None
    active = await connection.fetch(sql.threads.ACTIVE_RUNS, thread_id)
    await remove(connection, [thread_id])
    return [run["run_id"] for run in active]


async def remove(connection: asyncpg.Connection, thread_ids: Iterable[UUID]) -> None:
    """Remove threads that the caller has locked, with all that is theirs.

    The threads' rows go first: their cascade deletes the runs, which waits for a fenced write that
    shares a lock on one. So whatever a worker got stored before is visible to the statements that
    follow, and whatever it tries afterwards finds no run and is refused.
    """
    for statement in (
        sql.threads.REMOVE,
        sql.threads.REMOVE_WRITES,
        sql.threads.REMOVE_CHECKPOINTS,
    ):
        await connection.execute(statement, list(thread_ids))


async def copy(
    connection: asyncpg.Connection, source: UUID, target: Mapping[str, Any], rule: str | None = None
) -> Any:
    """Create a thread with the state and history of `source`; None if that does not exist.

    `target` has the new thread's `thread_id`, and `metadata` to lay over that of the source. Needs
    a transaction that reads one snapshot, or a run under way could tear the copy. Copied
    checkpoints belong to no run of the copy, which starts without any.
    """
    target_id = target["thread_id"]
    row = await connection.fetchrow(sql.threads.COPY, source, target_id, target["metadata"], rule)
    if row is None:
        return None
    await connection.execute(sql.threads.COPY_CHECKPOINTS, source, target_id)
    await connection.execute(sql.threads.COPY_WRITES, source, target_id)
    return row


async def keep_latest(
    connection: asyncpg.Connection, thread_id: UUID, rule: str | None = None
) -> bool:
    """Remove all but the latest checkpoint of each namespace. Needs a transaction.

    False, and nothing is done, if there is no such thread or a run is pending or running on it:
    the run may be about to continue from any of the checkpoints.
    """
    found = await find(connection, thread_id, rule, lock=True)
    if not found or await is_busy(connection, thread_id):
        return False
    await prune(connection, [thread_id])
    return True


async def prune(connection: asyncpg.Connection, thread_ids: Iterable[UUID]) -> None:
    """Remove all but the latest checkpoints of threads that the caller has locked."""
    for statement in (
        sql.threads.PRUNE_CHECKPOINTS,
        sql.threads.PRUNE_WRITES,
        sql.threads.PRUNE_PARENTS,
        sql.threads.MARK_AS_PRUNED,
    ):
        await connection.execute(statement, list(thread_ids))
