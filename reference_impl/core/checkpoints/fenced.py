"""The checkpointer of a run: its writes carry the attempt, and only the newest attempt's are taken.

What is written and read is in `rows.py`; how writes are batched, and accepted or refused, is in
`writer.py`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import CheckpointTuple
from langgraph.checkpoint.serde.types import RESUME

from onceproof.reference_impl import sql
from onceproof.reference_impl.core.checkpoints.rows import Checkpointer, read_address
from onceproof.reference_impl.core.checkpoints.writer import Line, Put, Row, Writer, store

log = logging.getLogger(__name__)

#: A claimed run brings the latest checkpoint of its thread along, in these columns (see
#: `checkpoints.COLUMNS`) behind this prefix.
HEAD = "head_"
COLUMNS = (
    *("checkpoint_id", "parent_id", "kind", "body", "metadata", "ns"),
    *("tasks", "channels", "kinds", "bodies"),
)

#: Beside the writes of tasks stand those of no task: the input, and what answers a question.
NO_TASK = str(UUID(int=0))

#: Writes of a run that may be on their way while its graph goes on; above that it waits for them.
MAX_AHEAD = 16


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
        """Return the checkpointer of a claimed run; `sync` waits for the disk at each write."""
        if durability == "sync":
            return RunCheckpointer(self, self._pool, self._durable, run, ahead=0)
        return RunCheckpointer(self, self._pool, self._relaxed, run, ahead=MAX_AHEAD)

    def for_request(self, connection: asyncpg.Connection | None = None) -> "Checkpointer":
        """Return one for the API: it reads, and writes in the connection's transaction."""
        return RequestCheckpointer(self._pool, connection)


class RunCheckpointer(Checkpointer):
    """The checkpointer of one attempt; it raises Fenced if that is no longer the run's newest.

    Up to `ahead` writes may be on their way to Postgres while the graph goes on: none is lost
    without the attempt, and the run does not end before `settle`. A refused write raises in a later
    call.
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
        self._line = Line()
        self._ahead = ahead
        self._under_way: list[tuple[str, asyncio.Future[bool]]] = []
        self._latest = _unpack_head(run)
        #: Whether the run brings an answer to a question of its thread.
        self.answers = True

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Return the checkpoint the config names, or the thread's latest; own writes included.

        The claim has brought the latest one of the root along, which the first read takes.
        """
        thread_id, ns, checkpoint_id = read_address(config)
        latest, self._latest = self._latest, None
        if latest is not None and not ns and not checkpoint_id:
            return self._tuple(latest, thread_id) if latest["checkpoint_id"] else None
        await self.settle()
        return await super().aget_tuple(config)

    def _tuple(self, row: Mapping[str, Any], thread_id: UUID) -> CheckpointTuple:
        """The checkpoint, without an answer that an earlier run of the thread brought.

        LangGraph keeps the answer of `Command(resume=...)` beside the checkpoint, for whichever
        question comes first, and leaves it there once it is consumed. A run that only continues
        would find it again and give it to the next question, which nobody has answered.
        """
        found = super()._tuple(row, thread_id)
        if self.answers or not found.pending_writes:
            return found
        writes = [w for w in found.pending_writes if w[:2] != (NO_TASK, RESUME)]
        return found._replace(pending_writes=writes)

    async def settle(self) -> None:
        """Wait until all that was put is in Postgres; raises Fenced or StorageAway if it is not."""
        while self._under_way:
            await self._await_oldest()

    async def _put(self, what: str, checkpoint: Row | None, writes: Sequence[Row]) -> None:
        self._latest = None
        taken = self._writer.add(Put(self._token, checkpoint, writes, self._line))
        self._under_way.append((what, taken))
        while self._under_way and (
            len(self._under_way) > self._ahead or self._under_way[0][1].done()
        ):
            await self._await_oldest()

    async def _await_oldest(self) -> None:
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
            raise RuntimeError("this checkpointer only reads: pass the connection to write on")
        put = Put((None, 0), checkpoint, writes)
        async with self._connection() as connection:
            await store(connection.fetch, sql.checkpoints.STORE_UNFENCED, [put])


def _unpack_head(run: Mapping[str, Any]) -> dict[str, Any] | None:
    """The latest checkpoint as the claim brought it, in `COLUMNS`; None if it did not.

    For a thread without any its id is None.
    """
    if f"{HEAD}checkpoint_id" not in run.keys():  # noqa: SIM118 (a record's `in` asks its values)
        return None
    return {name: run[f"{HEAD}{name}"] for name in COLUMNS}
