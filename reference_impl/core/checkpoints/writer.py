"""Checkpoints on their way into Postgres: those of all runs of a process, a batch at a time.

Fencing (Kleppmann, "How to do distributed locking", 2016) instead of trust in leases: a worker that
was paused beyond its lease does not know it, and its next write arrives as if nothing had happened.
So what is written is joined with the run's own row, where run, attempt and status must still match,
and that row is locked `for share`. A claim that raises the attempt waits for the insert or the
insert sees the new attempt; there is no instant in between. A run whose row was not found wrote
nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl.core.group_commit import Gather, columns
from onceproof.reference_impl.database import AWAY

#: $1 and $2 are the runs and attempts that write; only those that it returns are let through.
FENCE = """
select run.run_id, run.attempt
from run join unnest($1::uuid[], $2::int[]) as token (run_id, attempt)
    on run.run_id = token.run_id and run.attempt = token.attempt
where run.status = 'running' order by run.run_id for share of run
"""
#: API updates belong to no run and hold the thread's lock instead.
NO_FENCE = "select * from unnest($1::uuid[], $2::int[]) as token (run_id, attempt)"
#: Of a run's attempts only the live one's rows, also when both are of this process.
LET_THROUGH = """exists (
        select 1 from live where live.run_id is not distinct from new.run_id
            and live.attempt = new.attempt)"""

#: Ordinary writes of a task are stored once; error, interrupt and resume (idx < 0) are replaced.
#: `order by place` makes `seq` follow the order in which checkpoints were put.
STORE = """
with live as ({fence}),
checkpoints as (
    insert into checkpoint
        (run_id, thread_id, ns, checkpoint_id, parent_id, kind, body, metadata)
    select run_id, thread_id, ns, checkpoint_id, parent_id, kind, body, metadata
    from unnest($3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::bytea[], $11::jsonb[]) with ordinality as new
        (run_id, attempt, thread_id, ns, checkpoint_id, parent_id, kind, body, metadata, place)
    where {let_through}
    order by place
    on conflict (thread_id, ns, checkpoint_id) do update
        set kind = excluded.kind, body = excluded.body, metadata = excluded.metadata
), writes as (
    insert into checkpoint_write
        (run_id, thread_id, ns, checkpoint_id, task_id, task_path, idx, channel, kind, body)
    select run_id, thread_id, ns, checkpoint_id, task_id, task_path, idx, channel, kind, body
    from unnest($12::uuid[], $13::int[], $14::uuid[], $15::text[], $16::text[], $17::text[],
                $18::text[], $19::int[], $20::text[], $21::text[], $22::bytea[]) as new
        (run_id, attempt, thread_id, ns, checkpoint_id, task_id, task_path, idx, channel, kind,
         body)
    where {let_through}
    on conflict (thread_id, ns, checkpoint_id, task_id, idx) do update
        set channel = excluded.channel, kind = excluded.kind, body = excluded.body
        where checkpoint_write.idx < 0
)
select run_id, attempt from live
"""
STORE_FENCED = STORE.format(fence=FENCE, let_through=LET_THROUGH)
STORE_UNFENCED = STORE.format(fence=NO_FENCE, let_through=LET_THROUGH)

Token = tuple[UUID | None, int]
Row = tuple[Any, ...]


class StorageAway(Exception):
    """Postgres did not take or give a checkpoint; the attempt ends and another goes on from it.

    Told apart from the same errors raised by a graph's own code, which are the run's failure.
    """


@dataclass
class Put:
    """One checkpoint, or the writes of one task, by an attempt (run and number)."""

    token: Token
    checkpoint: Row | None = None
    writes: Sequence[Row] = ()

    @property
    def size(self) -> int:
        bodies = [self.checkpoint[-2]] if self.checkpoint else [row[-1] for row in self.writes]
        return sum(len(body or b"") for body in bodies)


Fetch = Callable[..., Awaitable[list[asyncpg.Record]]]


async def store(fetch: Fetch, statement: str, puts: Iterable[Put]) -> set[Token]:
    """Write them in one statement; the attempts that were let through."""
    checkpoints: dict[Any, Row] = {}
    writes: dict[Any, Row] = {}
    tokens: set[Token] = set()
    for put in puts:
        tokens.add(put.token)
        if put.checkpoint:
            # Of the same checkpoint twice in a batch the last one counts, as it would one by one.
            checkpoints[put.token, put.checkpoint[:3]] = (*put.token, *put.checkpoint)
        for row in put.writes:
            # Of a task's write twice the first counts, or the last where it may be replaced.
            key = (put.token, row[:4], row[5])
            if row[5] < 0 or key not in writes:
                writes[key] = (*put.token, *row)
    rows = await fetch(
        statement,
        *columns(tokens, 2),
        *columns(checkpoints.values(), 9),
        *columns(writes.values(), 11),
    )
    return {(row["run_id"], row["attempt"]) for row in rows}


class Writer(Gather[Put, bool]):
    """The one way into Postgres for the checkpoints of a process' attempts.

    `add` answers whether the attempt was let through; StorageAway, or what Postgres has against
    the data.
    """

    statement = STORE_FENCED

    def __init__(self, pool: asyncpg.Pool):
        super().__init__(self._commit, alone_if=(asyncpg.PostgresError,), size=lambda put: put.size)
        self._pool = pool

    async def _commit(self, puts: list[Put]) -> list[bool]:
        try:
            live = await store(self._pool.fetch, self.statement, puts)
        except AWAY as error:
            raise StorageAway(str(error) or type(error).__name__) from error
        return [put.token in live for put in puts]
