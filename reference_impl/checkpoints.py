"""The checkpointer: each write carries its attempt and is refused once that is not the newest.

How writes are let through or refused, and gathered, is in `writer.py`. Checkpoints are ordered by
the database's `seq`, never by the client-made id, which carries the clock of whichever worker
wrote it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
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
from reference_impl.statements import HEAD, READ_COLUMNS, WITH_WRITES
from reference_impl.writer import STORE_UNFENCED, Put, Row, StorageAway, Writer, store

log = logging.getLogger("reference_impl.checkpoints")

#: Writes of a run that may be on their way while its graph goes on; above that it waits for them.
MAX_AHEAD = 16

READ = f"select {', '.join(READ_COLUMNS)} from checkpoint c {WITH_WRITES} where c.thread_id = $1 "


class Fenced(Exception):
    """A newer attempt of the run exists, or the run has ended: this write was refused."""


class Checkpoints:
    """Makes the checkpointer of one attempt, or of one API request."""

    def __init__(
        self, pool: asyncpg.Pool, relaxed_pool: asyncpg.Pool, writer: type[Writer] = Writer
    ):
        self._pool = pool
        self._durable = writer(pool)
        self._relaxed = writer(relaxed_pool)
        self.refused = 0

    def for_run(self, run: Mapping[str, Any], durability: str) -> "RunCheckpointer":
        """The checkpointer of a claimed run. `sync` durability waits for the disk at each write."""
        if durability == "sync":
            return RunCheckpointer(self, self._pool, self._durable, run, ahead=0)
        return RunCheckpointer(self, self._pool, self._relaxed, run, ahead=MAX_AHEAD)

    def unfenced(self, connection: asyncpg.Connection | None = None) -> "Checkpointer":
        """For the API: reads, and with a connection also writes inside its transaction."""
        return RequestCheckpointer(self._pool, connection)


class Checkpointer(BaseCheckpointSaver[int]):
    """What both kinds share; `_put` differs in what guards a write."""

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

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint."""
        row = self._checkpoint_row(config, checkpoint, metadata)
        await self._put(f"checkpoint {checkpoint['id']} (step {metadata.get('step')})", row, ())
        return _config(row[0], row[1], checkpoint["id"])

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        """Store a finished task's writes."""
        rows = self._write_rows(config, writes, (task_id, task_path))
        await self._put(f"writes of task {task_id}", None, rows)

    async def _put(self, what: str, checkpoint: Row | None, writes: Sequence[Row]) -> None:
        """Write one or the other; `what` names it."""
        raise NotImplementedError

    def _checkpoint_row(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata
    ) -> Row:
        thread_id, ns, parent_id = _address(config)
        kind, data = self.serde.dumps_typed(checkpoint)
        known = dict(get_serializable_checkpoint_metadata(config, metadata))
        known["thread_id"] = str(thread_id)
        return thread_id, ns, checkpoint["id"], parent_id, kind, data, known

    def _write_rows(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task: tuple[str, str]
    ) -> list[Row]:
        thread_id, ns, checkpoint_id = _address(config)
        rows = []
        for place, (channel, value) in enumerate(writes):
            idx = WRITES_IDX_MAP.get(channel, place)
            kind, data = self.serde.dumps_typed(value)
            rows.append((thread_id, ns, checkpoint_id, *task, idx, channel, kind, data))
        return rows


class RunCheckpointer(Checkpointer):
    """The checkpointer of one attempt of one run; remembers the newest root checkpoint it put.

    Up to `ahead` writes may be on their way to Postgres while the graph goes on: none is lost
    without the attempt, and the run does not end before `settled`. What a refused one raises comes
    with a later call.
    """

    def __init__(
        self,
        owner: Checkpoints,
        pool: asyncpg.Pool,
        writer: Writer,
        run: Mapping[str, Any],
        *,
        ahead: int,
    ):
        super().__init__(pool)
        self._owner = owner
        self._writer = writer
        self._token = (run["run_id"], run["attempt"])
        self._ahead = ahead
        self._under_way: list[tuple[str, asyncio.Future[bool]]] = []
        self._latest = _claimed(run)
        self.head: Checkpoint | None = None

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint the config names, or the thread's latest; own writes included.

        The claim has brought the latest one of the root along, which the first read takes.
        """
        thread_id, ns, checkpoint_id = _address(config)
        latest, self._latest = self._latest, None
        if latest is not None and not ns and not checkpoint_id:
            return self._tuple(latest, thread_id) if latest["checkpoint_id"] else None
        await self.settled()
        return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint; Fenced if this attempt is no longer the run's newest."""
        stored = await super().aput(config, checkpoint, metadata, new_versions)
        if not stored["configurable"]["checkpoint_ns"]:
            self.head = checkpoint
        return stored

    async def settled(self) -> None:
        """Return when all that was put is in Postgres; Fenced or StorageAway if it is not."""
        while self._under_way:
            await self._heard()

    async def _put(self, what: str, checkpoint: Row | None, writes: Sequence[Row]) -> None:
        self._latest = None
        taken = self._writer.add(Put(self._token, checkpoint, writes))
        self._under_way.append((what, taken))
        while self._under_way and (
            len(self._under_way) > self._ahead or self._under_way[0][1].done()
        ):
            await self._heard()

    async def _heard(self) -> None:
        first = what, taken = self._under_way[0]
        live = await asyncio.shield(taken)
        if first in self._under_way:
            self._under_way.remove(first)
        if not live:
            self._refuse(what)

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

    async def _put(self, what: str, checkpoint: Row | None, writes: Sequence[Row]) -> None:
        if self._held is None:
            raise RuntimeError("this checkpointer only reads: hand it the connection to write on")
        async with self._connection() as connection:
            await store(connection.fetch, STORE_UNFENCED, [Put((None, 0), checkpoint, writes)])


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


def _claimed(run: Mapping[str, Any]) -> dict[str, Any] | None:
    """The latest checkpoint as the claim brought it, in the columns of `READ`; None if it did not.

    For a thread without any its id is None.
    """
    if f"{HEAD}checkpoint_id" not in run.keys():  # noqa: SIM118 (a record's `in` asks its values)
        return None
    return {name: run[f"{HEAD}{name}"] for name in READ_COLUMNS}
