"""Checkpoints of LangGraph as rows of Postgres, and back.

They are ordered by the database's `seq`, never by the client-made id, which carries the clock of
whichever worker wrote it.

This is not langgraph's AsyncPostgresSaver: a worker's writes have to be fenced by its lease and
gathered into few transactions, and asyncpg is the one driver here, where that saver needs psycopg.
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

from onceproof.reference_impl import sql
from onceproof.reference_impl.core.checkpoints.round_trip import describe_type, find_changes
from onceproof.reference_impl.core.checkpoints.writer import Row, StorageAway
from onceproof.reference_impl.core.context import is_ephemeral
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.sql.search import HISTORY

log = logging.getLogger(__name__)


class StateNotStorable(TypeError):
    """A graph's state holds a value that no other process could have, such as a function."""


class Checkpointer(BaseCheckpointSaver[int]):
    """Reads checkpoints, and turns what is written into rows; subclasses guard them in `_put`."""

    def __init__(self, pool: asyncpg.Pool):
        super().__init__()
        self._pool = pool
        #: The newest root checkpoint that was put.
        self.head: Checkpoint | None = None
        #: Whether what comes back as another type is written into the log.
        self.verifies = False
        #: The run's context, which is for the run alone.
        self.context: Mapping[str, Any] = {}

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
        """Return the checkpoint the config names, or the thread's latest."""
        thread_id, ns, checkpoint_id = read_address(config)
        if checkpoint_id:
            rows = await self._rows(sql.checkpoints.ONE, thread_id, ns, checkpoint_id)
        else:
            rows = await self._rows(sql.checkpoints.LATEST, thread_id, ns)
        return self._tuple(rows[0], thread_id) if rows else None

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """Yield the checkpoints of a thread, newest first."""
        if config is None:
            raise ValueError("a thread must be named: pass its id in config['configurable']")
        thread_id, ns, checkpoint_id = read_address(config)
        wanted = {
            "thread_id": thread_id,
            "ns": ns if "checkpoint_ns" in config["configurable"] else None,
            "checkpoint_id": checkpoint_id or None,
            "metadata": filter or None,
            "before": before and get_checkpoint_id(before),
        }
        statement, values = HISTORY.rows(wanted, limit=limit)
        for row in await self._rows(statement, *values):
            yield self._tuple(row, thread_id)
            await asyncio.sleep(0)  # LangGraph takes all of them at once, and each may be large

    def _tuple(self, row: Mapping[str, Any], thread_id: UUID) -> CheckpointTuple:
        writes = zip(
            row["tasks"] or (),
            row["channels"] or (),
            row["kinds"] or (),
            row["bodies"] or (),
            strict=True,
        )
        parent = row["parent_id"]
        return CheckpointTuple(
            config=make_config(thread_id, row["ns"], row["checkpoint_id"]),
            checkpoint=self.serde.loads_typed((row["kind"], row["body"])),
            metadata=row["metadata"],
            parent_config=make_config(thread_id, row["ns"], parent) if parent else None,
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
        if not row[1]:
            self.head = checkpoint
        return make_config(row[0], row[1], checkpoint["id"])

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
        thread_id, ns, parent_id = read_address(config)
        kind, data = self._encode_checkpoint(checkpoint)
        plain = get_serializable_checkpoint_metadata(config, metadata)
        known = {k: v for k, v in plain.items() if not is_ephemeral(k, self.context)}
        known["thread_id"] = str(thread_id)
        return thread_id, ns, checkpoint["id"], parent_id, kind, data, known

    def _encode_checkpoint(self, checkpoint: Checkpoint) -> tuple[str, bytes]:
        try:
            return self.serde.dumps_typed(checkpoint)
        except (TypeError, ValueError):
            for channel, value in checkpoint["channel_values"].items():
                self._encode(channel, value)
            raise

    def _encode(self, channel: str, value: Any) -> tuple[str, bytes]:
        try:
            return self.serde.dumps_typed(value)
        except (TypeError, ValueError) as error:
            raise StateNotStorable(f"state key {channel!r} cannot be stored: {error}") from error

    def _verify(self, channel: str, value: Any, stored: tuple[str, bytes]) -> None:
        for was, now in find_changes(value, self.serde.loads_typed(stored)):
            was_type, now_type = describe_type(was), describe_type(now)
            log.warning("state key %r holds a %s, comes back as %s", channel, was_type, now_type)

    def _write_rows(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task: tuple[str, str]
    ) -> list[Row]:
        thread_id, ns, checkpoint_id = read_address(config)
        rows = []
        for place, (channel, value) in enumerate(writes):
            idx = WRITES_IDX_MAP.get(channel, place)
            kind, data = self._encode(channel, value)
            if self.verifies and not channel.startswith("__"):
                self._verify(channel, value, (kind, data))
            rows.append((thread_id, ns, checkpoint_id, *task, idx, channel, kind, data))
        return rows


def read_address(config: RunnableConfig) -> tuple[UUID, str, str | None]:
    """Return the thread, the namespace (empty for the root graph) and the checkpoint, if named."""
    where = config["configurable"]
    return UUID(str(where["thread_id"])), where.get("checkpoint_ns", ""), get_checkpoint_id(config)


def make_config(thread_id: UUID, ns: str, checkpoint_id: str) -> RunnableConfig:
    """Return the config with this address."""
    return {
        "configurable": {
            "thread_id": str(thread_id),
            "checkpoint_ns": ns,
            "checkpoint_id": checkpoint_id,
        }
    }
