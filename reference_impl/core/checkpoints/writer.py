"""Checkpoints on their way into Postgres: those of all runs of a process, in batches.

Fencing (Kleppmann, "How to do distributed locking", 2016) instead of trust in leases: a worker that
was paused beyond its lease does not know it, and its next write arrives as if nothing had happened.
So what is written is joined with the run's own row, where run, attempt and status must still match,
and that row is locked `for share`. A claim that raises the attempt waits for the insert or the
insert sees the new attempt; there is no instant in between. A run whose row was not found wrote
nothing.

What an attempt has put is stored in its order or not at all. A put may be waiting behind one that
Postgres does not take: stored all the same, once Postgres is back, it would name a parent that does
not exist, and the next attempt would go on from there.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql
from onceproof.reference_impl.core.group_commit import Gather, columns
from onceproof.reference_impl.database import AWAY

Token = tuple[UUID | None, int]
Row = tuple[Any, ...]


class StorageAway(Exception):
    """Postgres did not store or return a checkpoint; the attempt ends, and another continues.

    The same errors from a graph's own code are different: they are the run's failure.
    """


@dataclass
class Line:
    """What one attempt puts, in its order; `error` is why nothing more of it is stored."""

    error: StorageAway | None = None


@dataclass
class Put:
    """One checkpoint, or the writes of one task, by an attempt (run and number)."""

    token: Token
    checkpoint: Row | None = None
    writes: Sequence[Row] = ()
    line: Line = field(default_factory=Line)

    @property
    def size(self) -> int:
        bodies = [self.checkpoint[-2]] if self.checkpoint else [row[-1] for row in self.writes]
        return sum(len(body or b"") for body in bodies)


Fetch = Callable[..., Awaitable[list[asyncpg.Record]]]


async def store(fetch: Fetch, statement: str, puts: Iterable[Put]) -> set[Token]:
    """Store the puts in one statement; returns the attempts that were let through."""
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
    """The only path into Postgres for the checkpoints of a process' attempts.

    `add` returns whether the attempt was let through; it raises StorageAway, or why Postgres
    refuses the data.
    """

    statement = sql.checkpoints.STORE_FENCED

    def __init__(self, pool: asyncpg.Pool):
        super().__init__(self._commit, alone_if=(asyncpg.PostgresError,), size=lambda put: put.size)
        self._pool = pool

    async def _commit(self, puts: list[Put]) -> list[bool | BaseException]:
        whole = [put for put in puts if put.line.error is None]
        live = await self._store(whole) if whole else set()
        return [put.line.error or put.token in live for put in puts]

    async def _store(self, puts: list[Put]) -> set[Token]:
        try:
            return await store(self._pool.fetch, self.statement, puts)
        except AWAY as error:
            away = StorageAway(str(error) or type(error).__name__)
            for put in puts:
                put.line.error = away
            raise away from error
