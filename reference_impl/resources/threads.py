"""Threads as rows: what the endpoints do to them, each in as few statements as stay correct.

A thread with `hidden_at` set belonged to one stateless run that has ended; nothing here finds it.
A `rule` is what the thread's metadata has to fulfil for the one who asks (see auth/filters.py):
a thread that does not is none. Every function takes the connection, so that a caller may put
several into one transaction.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

import asyncpg

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


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """The thread as JSON; a thread without state has empty values rather than none."""
    thread = {name: row[name] for name in FIELDS}
    return thread | {"values": {} if row["values"] is None else row["values"]}


async def find(
    connection: Queryable, thread_id: UUID, rule: str | None = None, *, lock: bool = False
) -> Any:
    """The thread's row or None; `lock` keeps runs from being created until the transaction ends."""
    query = """select * from thread
               where thread_id = $1 and hidden_at is null and permits($2, metadata)"""
    return await connection.fetchrow(query + (" for update" if lock else ""), thread_id, rule)


async def insert(
    connection: Queryable,
    thread_id: UUID,
    metadata: dict[str, Any],
    ttl: dict[str, Any] | None = None,
) -> Any:
    """The new row, or None if the id is taken: of concurrent calls exactly one gets the row.

    Without a `ttl` it is the deployment's default that holds.
    """
    return await connection.fetchrow(
        """insert into thread (thread_id, metadata, ttl, look_at)
           select $1, $2, ttl, now() + lifetime(ttl)
           from (select coalesce($3::jsonb, default_thread_ttl()) as ttl) as chosen
           on conflict (thread_id) do nothing returning *""",
        thread_id,
        metadata,
        ttl,
    )


async def change(
    connection: Queryable, thread_id: UUID, changes: Mapping[str, Any], rule: str | None = None
) -> Any:
    """The changed row; None if there is no such thread.

    The `metadata` of `changes` is laid over the thread's own, key by key; its `ttl` replaces the
    thread's, if it is not None. None as well if the thread would fulfil the rule no more: nobody
    gives another a thread.
    """
    return await connection.fetchrow(
        """update thread set metadata = metadata || $2::jsonb, updated_at = now(),
               ttl = coalesce($4, ttl), look_at = now() + lifetime(coalesce($4, ttl))
           where thread_id = $1 and hidden_at is null
             and permits($3, metadata) and permits($3, metadata || $2::jsonb) returning *""",
        thread_id,
        changes["metadata"],
        rule,
        changes["ttl"],
    )


async def running_run(
    connection: Queryable, thread_id: UUID, rule: str | None = None
) -> UUID | None:
    """The run that a worker is executing on the thread."""
    return await connection.fetchval(
        """select r.run_id from run r join thread t using (thread_id)
           where r.thread_id = $1 and r.status = 'running' and permits($2, t.metadata)""",
        thread_id,
        rule,
    )


async def is_busy(connection: Queryable, thread_id: UUID) -> bool:
    """Whether a run is pending or running on the thread."""
    return await connection.fetchval(
        """select exists (select from run where thread_id = $1
                          and status in ('pending', 'running'))""",
        thread_id,
    )


async def delete(
    connection: asyncpg.Connection, thread_id: UUID, rule: str | None = None
) -> list[UUID] | None:
    """Remove a thread, its runs, its crons and its history. Needs a transaction.

    Answers the runs that had not ended, or None if there is no such thread.
    """
    if not await find(connection, thread_id, rule, lock=True):
        return None
    active = await connection.fetch(
        "select run_id from run where thread_id = $1 and status in ('pending', 'running')",
        thread_id,
    )
    await remove(connection, [thread_id])
    return [run["run_id"] for run in active]


async def remove(connection: asyncpg.Connection, thread_ids: Iterable[UUID]) -> None:
    """Remove threads that the caller has locked, with all that is theirs.

    The threads' rows go first: their cascade deletes the runs, which waits for a fenced write that
    shares a lock on one. So whatever a worker got stored before is visible to the statements that
    follow, and whatever it tries afterwards finds no run and is refused.
    """
    for statement in (
        "delete from thread where thread_id = any($1::uuid[])",
        "delete from checkpoint_write where thread_id = any($1::uuid[])",
        "delete from checkpoint where thread_id = any($1::uuid[])",
    ):
        await connection.execute(statement, list(thread_ids))


async def copy(
    connection: asyncpg.Connection, source: UUID, target: Mapping[str, Any], rule: str | None = None
) -> Any:
    """The row of a new thread with the state and history of `source`, or None if that is unknown.

    `target` has the new thread's `thread_id`, and `metadata` to lay over that of the source. Needs
    a transaction that reads one snapshot, or a run under way could tear the copy. Copied
    checkpoints belong to no run of the copy, which starts without any.
    """
    target_id = target["thread_id"]
    row = await connection.fetchrow(
        """insert into thread (thread_id, status, resting, metadata, config, "values",
                               interrupts, error)
           select $2, resting, resting, metadata || $3::jsonb, config, "values", interrupts, error
           from thread where thread_id = $1 and hidden_at is null and permits($4, metadata)
           returning *""",
        source,
        target_id,
        target["metadata"],
        rule,
    )
    if row is None:
        return None
    await connection.execute(
        """insert into checkpoint (thread_id, ns, checkpoint_id, parent_id, kind, body, metadata,
                                   created_at)
           select $2::uuid, ns, checkpoint_id, parent_id, kind, body,
                  metadata || jsonb_build_object('thread_id', $2::uuid), created_at
           from checkpoint where thread_id = $1 order by seq""",
        source,
        target_id,
    )
    await connection.execute(
        """insert into checkpoint_write (thread_id, ns, checkpoint_id, task_id, idx, task_path,
                                         channel, kind, body)
           select $2::uuid, ns, checkpoint_id, task_id, idx, task_path, channel, kind, body
           from checkpoint_write where thread_id = $1""",
        source,
        target_id,
    )
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
        """delete from checkpoint c where thread_id = any($1::uuid[]) and seq <
           (select max(seq) from checkpoint l where l.thread_id = c.thread_id and l.ns = c.ns)""",
        """delete from checkpoint_write w where thread_id = any($1::uuid[]) and not exists
           (select from checkpoint c where c.thread_id = w.thread_id and c.ns = w.ns
            and c.checkpoint_id = w.checkpoint_id)""",
        "update checkpoint set parent_id = null where thread_id = any($1::uuid[])",
        "update thread set pruned_at = updated_at where thread_id = any($1::uuid[])",
    ):
        await connection.execute(statement, list(thread_ids))
