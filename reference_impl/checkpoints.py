"""The checkpointer: each write carries its attempt and is refused once that is not the newest.

Fencing (Kleppmann, "How to do distributed locking", 2016) instead of trust in leases: a worker that
was paused beyond its lease does not know it, and its next write arrives as if nothing had happened.
So each insert selects from the run's own row, where run, attempt and status must still match, and
locks that row `for share`. A claim that raises the attempt waits for the insert or the insert sees
the new attempt; there is no instant in between. Zero rows inserted means refused: `Fenced`.

Checkpoints are ordered by the database's `seq`, never by the client-made id, which carries the
clock of whichever worker wrote it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    BaseCheckpointSaver,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_checkpoint_id,
    get_serializable_checkpoint_metadata,
)

from reference_impl.database import AWAY

log = logging.getLogger("reference_impl.checkpoints")

#: The row that must exist for a write to be let through; $1 run, $2 attempt.
FENCE = "select 1 from run where run_id = $1 and attempt = $2 and status = 'running' for share"
#: API updates hold the thread's lock instead; $1 and $2 stay in place so that the rest is shared.
NO_FENCE = "select 1 where $1::uuid is null and $2::int = 0"

PUT_CHECKPOINT = """
with fence as ({fence})
insert into checkpoint
    (thread_id, ns, checkpoint_id, parent_id, run_id, kind, body, metadata)
select $3, $4, $5, $6, $1, $7, $8, $9 from fence
on conflict (thread_id, ns, checkpoint_id) do update
    set kind = excluded.kind, body = excluded.body, metadata = excluded.metadata
"""

#: Ordinary writes of a task are stored once; error, interrupt and resume (idx < 0) are replaced.
PUT_WRITES = """
with fence as ({fence})
insert into checkpoint_write
    (thread_id, ns, checkpoint_id, task_id, task_path, run_id, idx, channel, kind, body)
select $3, $4, $5, $6, $7, $1, w.* from fence,
    unnest($8::int[], $9::text[], $10::text[], $11::bytea[]) as w (idx, channel, kind, body)
on conflict (thread_id, ns, checkpoint_id, task_id, idx) do update
    set channel = excluded.channel, kind = excluded.kind, body = excluded.body
    where checkpoint_write.idx < 0
returning 1
"""

READ = """
select c.checkpoint_id, c.parent_id, c.kind, c.body, c.metadata, c.ns, w.tasks, w.channels,
       w.kinds, w.bodies
from checkpoint c left join lateral (
    select array_agg(task_id order by task_path, task_id, idx) as tasks,
           array_agg(channel order by task_path, task_id, idx) as channels,
           array_agg(kind order by task_path, task_id, idx) as kinds,
           array_agg(body order by task_path, task_id, idx) as bodies
    from checkpoint_write
    where thread_id = c.thread_id and ns = c.ns and checkpoint_id = c.checkpoint_id
) w on true
where c.thread_id = $1
"""


class Fenced(Exception):
    """A newer attempt of the run exists, or the run has ended: this write was refused."""


class StorageAway(Exception):
    """Postgres did not take or give a checkpoint; the attempt ends and another goes on from it.

    Told apart from the same errors raised by a graph's own code, which are the run's failure.
    """


class Checkpoints:
    """Makes the checkpointer of one attempt, or of one API request."""

    def __init__(self, pool: asyncpg.Pool, relaxed_pool: asyncpg.Pool):
        self._pool = pool
        self._relaxed = relaxed_pool
        self.refused = 0

    def for_run(
        self, run_id: UUID, thread_id: UUID, attempt: int, durability: str
    ) -> "RunCheckpointer":
        """The checkpointer of one attempt. `sync` durability waits for the disk at each write."""
        pool = self._pool if durability == "sync" else self._relaxed
        return RunCheckpointer(self, pool, run_id, attempt)

    def unfenced(self, connection: asyncpg.Connection | None = None) -> "Checkpointer":
        """For the API: reads, and with a connection also writes inside its transaction."""
        return RequestCheckpointer(self._pool, connection)


class Checkpointer(BaseCheckpointSaver[int]):
    """Reading, common to both kinds; `put` and `put_writes` differ in what guards them."""

    def __init__(self, pool: asyncpg.Pool):
        super().__init__()
        self._pool = pool

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        try:
            async with self._pool.acquire() as connection:
                yield connection
        except AWAY as error:
            raise StorageAway(str(error) or type(error).__name__) from error

    async def _rows(self, query: str, *args: Any) -> list[asyncpg.Record]:
        async with self._connection() as connection:
            return await connection.fetch(query, *args)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint the config names, or the thread's latest."""
        thread_id, ns, checkpoint_id = _address(config)
        if checkpoint_id:
            rows = await self._rows(
                READ + "and c.ns = $2 and c.checkpoint_id = $3", thread_id, ns, checkpoint_id
            )
        else:
            rows = await self._rows(
                READ + "and c.ns = $2 order by c.seq desc limit 1", thread_id, ns
            )
        return self._tuple(rows[0], thread_id) if rows else None

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Checkpoints of a thread, newest first."""
        if config is None:
            raise ValueError("a thread must be named: pass its id in config['configurable']")
        thread_id, ns, checkpoint_id = _address(config)
        query: str = READ
        args: list[Any] = [thread_id]
        if "checkpoint_ns" in config["configurable"]:
            query += f" and c.ns = ${len(args) + 1}"
            args.append(ns)
        if checkpoint_id:
            query += f" and c.checkpoint_id = ${len(args) + 1}"
            args.append(checkpoint_id)
        if filter:
            query += f" and c.metadata @> ${len(args) + 1}::jsonb"
            args.append(filter)
        if before and (before_id := get_checkpoint_id(before)):
            query += (
                " and c.seq < (select max(b.seq) from checkpoint b where b.thread_id = $1"
                f" and b.checkpoint_id = ${len(args) + 1})"
            )
            args.append(before_id)
        query += " order by c.seq desc"
        if limit is not None:
            query += f" limit ${len(args) + 1}"
            args.append(limit)
        for row in await self._rows(query, *args):
            yield self._tuple(row, thread_id)

    def _tuple(self, row: asyncpg.Record, thread_id: UUID) -> CheckpointTuple:
        writes = zip(
            row["tasks"] or (),
            row["channels"] or (),
            row["kinds"] or (),
            row["bodies"] or (),
            strict=True,
        )
        parent = row["parent_id"]
        return CheckpointTuple(
            config=_config(thread_id, row["ns"], row["checkpoint_id"]),
            checkpoint=self.serde.loads_typed((row["kind"], row["body"])),
            metadata=row["metadata"],
            parent_config=_config(thread_id, row["ns"], parent) if parent else None,
            pending_writes=[
                (task, channel, self.serde.loads_typed((kind, data)))
                for task, channel, kind, data in writes
            ],
        )

    def _checkpoint_args(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata
    ) -> tuple[Any, ...]:
        thread_id, ns, parent_id = _address(config)
        kind, data = self.serde.dumps_typed(checkpoint)
        known = dict(get_serializable_checkpoint_metadata(config, metadata))
        known["thread_id"] = str(thread_id)
        return thread_id, ns, checkpoint["id"], parent_id, kind, data, known

    def _write_args(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task: tuple[str, str]
    ) -> tuple[Any, ...]:
        thread_id, ns, checkpoint_id = _address(config)
        encoded = [self.serde.dumps_typed(value) for _, value in writes]
        return (
            thread_id,
            ns,
            checkpoint_id,
            *task,
            [WRITES_IDX_MAP.get(channel, i) for i, (channel, _) in enumerate(writes)],
            [channel for channel, _ in writes],
            [kind for kind, _ in encoded],
            [data for _, data in encoded],
        )


class RunCheckpointer(Checkpointer):
    """The checkpointer of one attempt of one run; remembers the newest root checkpoint it wrote."""

    put_checkpoint = PUT_CHECKPOINT.format(fence=FENCE)
    put_task_writes = PUT_WRITES.format(fence=FENCE)

    def __init__(self, owner: Checkpoints, pool: asyncpg.Pool, run_id: UUID, attempt: int):
        super().__init__(pool)
        self._owner = owner
        self._token = (run_id, attempt)
        self.head: Checkpoint | None = None

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint; Fenced if this attempt is no longer the run's newest."""
        args = self._checkpoint_args(config, checkpoint, metadata)
        async with self._connection() as connection:
            done = await connection.execute(self.put_checkpoint, *self._token, *args)
        if done.endswith(" 0"):
            self._refuse(f"checkpoint {checkpoint['id']} (step {metadata.get('step')})")
        if not args[1]:
            self.head = checkpoint
        return _config(args[0], args[1], checkpoint["id"])

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a finished task's writes; Fenced if this attempt is no longer the newest."""
        args = self._write_args(config, writes, (task_id, task_path))
        async with self._connection() as connection:
            rows = await connection.fetch(self.put_task_writes, *self._token, *args)
            # No row is also what writes stored before return, so only then ask which it was.
            fenced = not rows and not await connection.fetchval(FENCE, *self._token)
        if fenced:
            self._refuse(f"writes of task {task_id}")

    def _refuse(self, what: str) -> None:
        self._owner.refused += 1
        run_id, attempt = self._token
        log.warning(
            "fenced: refused %s of run %s: attempt %d is no longer its live attempt",
            what,
            run_id,
            attempt,
        )
        raise Fenced(f"run {run_id}: attempt {attempt} is no longer the live attempt")


class RequestCheckpointer(Checkpointer):
    """The checkpointer of an API request, which holds the thread's row lock when it writes."""

    put_checkpoint = PUT_CHECKPOINT.format(fence=NO_FENCE)
    put_task_writes = PUT_WRITES.format(fence=NO_FENCE)

    def __init__(self, pool: asyncpg.Pool, connection: asyncpg.Connection | None):
        super().__init__(pool)
        self._held = connection
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        if self._held is None:
            async with self._pool.acquire() as connection:
                yield connection
            return
        async with self._one_at_a_time:
            yield self._held

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint inside the request's transaction."""
        args = self._checkpoint_args(config, checkpoint, metadata)
        await self._write(self.put_checkpoint, *args)
        return _config(args[0], args[1], checkpoint["id"])

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store writes inside the request's transaction."""
        await self._write(
            self.put_task_writes, *self._write_args(config, writes, (task_id, task_path))
        )

    async def _write(self, statement: str, *args: Any) -> None:
        if self._held is None:
            raise RuntimeError("this checkpointer only reads: hand it the connection to write on")
        async with self._connection() as connection:
            await connection.execute(statement, None, 0, *args)


def _address(config: RunnableConfig) -> tuple[UUID, str, str | None]:
    where = config["configurable"]
    return UUID(str(where["thread_id"])), where.get("checkpoint_ns", ""), get_checkpoint_id(config)


def _config(thread_id: UUID, ns: str, checkpoint_id: str) -> RunnableConfig:
    return {
        "configurable": {
            "thread_id": str(thread_id),
            "checkpoint_ns": ns,
            "checkpoint_id": checkpoint_id,
        }
    }
