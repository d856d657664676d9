"""The run queue in Postgres: acceptance, claim, lease, terminal status.

"Exactly once" is made of four small facts, each ensured by one statement or one transaction:
accepted once (one commit before the ack), one live attempt (claim by SKIP LOCKED, one running run
per thread by a unique index), one terminal status (written only from 'running' and only by the
newest attempt), and each super-step's state committed once (`checkpoints/fenced.py`).
"""

import logging
from functools import partial
from uuid import UUID

import asyncpg

from onceproof.reference_impl import encoding, sql
from onceproof.reference_impl.core.group_commit import Gather, columns
from onceproof.reference_impl.core.run import (
    Outcome,
    RunRequest,
    Superseded,
    ThreadBusy,
    ThreadMissing,
)
from onceproof.reference_impl.core.streams.broker import Broker
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

WAKE = "wake"
CANCEL = "cancel"


class Queue:
    """The queue as one process sees it."""

    accept_sql = sql.queue.ACCEPT_RUNS
    claim_sql = sql.queue.CLAIM
    finish_sql = sql.queue.FINISH_RUNS

    def __init__(self, pool: asyncpg.Pool, broker: Broker, settings: Settings):
        self._pool = pool
        self._broker = broker
        self._settings = settings
        # Postgres may refuse the data of one run, which must not fail the others of its batch.
        own = (asyncpg.PostgresError,)
        self._accepting: Gather[RunRequest, asyncpg.Record] = Gather(
            partial(self._insert, pool), alone_if=own
        )
        self._finishing: Gather[tuple[asyncpg.Record, Outcome], bool | None] = Gather(
            self._finish, alone_if=own
        )

    # -- acceptance ------------------------------------------------------------------------------

    async def accept(self, requests: list[RunRequest]) -> list[asyncpg.Record]:
        """Store all the runs or none, and return only after the commit.

        Raises ThreadMissing or ThreadBusy. Wake-ups follow the commit; if one is lost, the workers'
        poll still finds the runs.
        """
        if len(requests) == 1 and requests[0].simple:
            accepted = [await self._accepting(requests[0])]
            stopping: list[tuple[UUID, str]] = []
        else:
            async with self._pool.acquire() as connection, connection.transaction():
                accepted, stopping = await self.accept_within(connection, requests)
        await self.announce(requests, stopping)
        return accepted

    async def accept_within(
        self, connection: asyncpg.Connection, requests: list[RunRequest]
    ) -> tuple[list[asyncpg.Record], list[tuple[UUID, str]]]:
        """Accept in the caller's transaction; `announce` takes the second part after the commit."""
        accepted, stopping = [], []
        # Threads are locked in one order everywhere, so that two batches cannot deadlock.
        locked: set[UUID] = set()
        for request in sorted(requests, key=lambda r: r.thread_id):
            if request.create_thread:
                known = request.owner | request.thread_metadata
                await connection.execute(sql.queue.CREATE_THREAD, request.thread_id, known)
            if request.thread_id not in locked:
                await connection.execute(sql.queue.LOCK_THREAD, request.thread_id)
                locked.add(request.thread_id)
        for request in requests:
            await self._require_permission(connection, request)
            stopping += await self._make_way(connection, request)
            [made] = await self._insert(connection, [request])
            if isinstance(made, ThreadMissing):
                raise made
            accepted.append(made)
        return accepted, stopping

    async def announce(self, requests: list[RunRequest], stopping: list[tuple[UUID, str]]) -> None:
        """Notify the workers of accepted runs, and of those that had to make way for them."""
        for run_id, action in stopping:
            await self._announce_stop(run_id, action)
        for delay_s in {request.delay_s for request in requests}:
            await self._broker.notify(WAKE, f"{delay_s:.3f}")

    async def _require_permission(
        self, connection: asyncpg.Connection, request: RunRequest
    ) -> None:
        """Another user's thread is answered like one that does not exist, before anything leaks."""
        if request.rule is None:
            return
        if not await connection.fetchval(sql.queue.IS_PERMITTED, request.thread_id, request.rule):
            raise ThreadMissing(f"thread {request.thread_id} not found")

    async def _make_way(
        self, connection: asyncpg.Connection, request: RunRequest
    ) -> list[tuple[UUID, str]]:
        """Apply the multitask strategy; returns (run, action) of those to be notified.

        The action is empty for a run that was pending and has ended by this.
        """
        if request.strategy == "enqueue":
            return []
        in_flight = await connection.fetch(sql.queue.ACTIVE_RUNS, request.thread_id)
        if in_flight and request.strategy == "reject":
            raise ThreadBusy(
                f"thread {request.thread_id} has a run under way: wait for it, "
                "or choose another multitask_strategy"
            )
        stopping = []
        for run in in_flight:
            if run["status"] == "running":
                await connection.execute(sql.queue.ASK_CANCEL, run["run_id"], request.strategy)
                stopping.append((run["run_id"], request.strategy))
            else:
                await self._stop_pending(connection, run["run_id"], request.strategy)
                stopping.append((run["run_id"], ""))
        return stopping

    async def _announce_stop(self, run_id: UUID, action: str) -> None:
        if action:
            await self._broker.notify(CANCEL, f"{run_id} {action}")
        else:
            await self._broker.end(run_id)

    async def _insert(
        self, connection: asyncpg.Connection | asyncpg.Pool, requests: list[RunRequest]
    ) -> list[asyncpg.Record | ThreadMissing]:
        ordered = sorted(requests, key=lambda request: request.thread_id)
        rows = await connection.fetch(
            self.accept_sql, *columns((request.row() for request in ordered), 11)
        )
        accepted = {row["run_id"]: row for row in rows}
        return [
            accepted.get(request.run_id) or ThreadMissing(f"thread {request.thread_id} not found")
            for request in requests
        ]

    # -- claim and lease -------------------------------------------------------------------------

    async def claim(
        self, limit: int, worker: str, suspects: int | None = None
    ) -> list[asyncpg.Record]:
        """Take up to `limit` runs, earliest first; each comes with a new, higher attempt.

        Among them are at most that many `suspects`, whose earlier attempts have lost their worker.
        """
        most = limit if suspects is None else min(limit, suspects)
        try:
            return await self._pool.fetch(
                self.claim_sql, limit, worker, self._settings.lease_ms / 1000, most
            )
        except asyncpg.UniqueViolationError:
            log.warning("claim: a run of the same thread was claimed at the same instant; again")
            return []

    async def hand_back(self, run_id: UUID, attempt: int) -> bool:
        """Return an unfinished run to the queue at an orderly stop; False if it is not ours."""
        done = await self._pool.fetchval(sql.queue.HAND_BACK, run_id, attempt)
        if done:
            await self._broker.notify(WAKE)
        return done is not None

    async def lose(self, run_id: UUID, attempt: int, cause: str) -> bool:
        """Let the lease of an attempt whose process died expire now; False if it is not live."""
        return await self._pool.fetchval(sql.queue.LOSE, run_id, attempt, cause) is not None

    # -- the end of a run ------------------------------------------------------------------------

    async def finish(self, run: asyncpg.Record, outcome: Outcome) -> None:
        """Write the terminal status and what the thread inherits, in one transaction.

        Raises Superseded, with nothing written, when this attempt is no longer the run's newest.
        """
        more = await self._finishing((run, outcome))
        if more is None:
            raise Superseded(f"run {run['run_id']}: attempt {run['attempt']} may not end it")
        await self._after(run["run_id"], more, encoding.dumps(outcome.answer()))

    async def _finish(self, ends: list[tuple[asyncpg.Record, Outcome]]) -> list[bool | None]:
        ordered = sorted(ends, key=lambda end: end[0]["thread_id"])
        rows = await self._pool.fetch(
            self.finish_sql,
            *columns(
                ((run["run_id"], run["attempt"], *outcome.row()) for run, outcome in ordered), 9
            ),
        )
        more = {(row["run_id"], row["attempt"]): row["more"] for row in rows}
        return [more[run["run_id"], run["attempt"]] for run, _ in ends]

    async def undo(self, run: asyncpg.Record) -> None:
        """Roll a running run back: the run, its checkpoints and its writes vanish.

        Raises Superseded, with nothing written, when this attempt is no longer the run's newest.
        """
        run_id, thread_id = run["run_id"], run["thread_id"]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(sql.queue.LOCK_THREAD, thread_id)
            ended = await connection.fetchval(sql.queue.END_RUN, run_id, run["attempt"])
            if ended is None:
                raise Superseded(f"run {run_id}: attempt {run['attempt']} may not undo it")
            await self._forget(connection, thread_id, run_id)
            more = await connection.fetchval(sql.queue.SETTLE, thread_id)
        await self._after(run_id, more)

    async def _forget(self, connection: asyncpg.Connection, thread_id: UUID, run_id: UUID) -> None:
        await connection.execute(sql.queue.FORGET_CHECKPOINTS, thread_id, run_id)
        await connection.execute(sql.queue.FORGET_WRITES, thread_id, run_id)
        await connection.execute(sql.queue.FORGET_RUN, run_id)

    async def _after(self, run_id: UUID, more: bool | None, answer: bytes | None = None) -> None:
        await self._broker.end(run_id, answer)
        if more:
            await self._broker.notify(WAKE)

    # -- cancel and delete -----------------------------------------------------------------------

    async def cancel(self, run_id: UUID, action: str) -> str | None:
        """Cancel by 'interrupt' or 'rollback'; the status found, or None if there is no such run.

        A pending run ends at once and never starts. A running one is marked in Postgres, which its
        worker also reads with every heartbeat, and notified through Redis, which is faster.
        """
        more = None
        async with self._pool.acquire() as connection, connection.transaction():
            thread_id = await connection.fetchval(sql.queue.THREAD_OF_RUN, run_id)
            if thread_id is None:
                return None
            await connection.execute(sql.queue.LOCK_THREAD, thread_id)
            status = await connection.fetchval(sql.queue.LOCK_RUN, run_id)
            if status == "running":
                await connection.execute(sql.queue.ASK_CANCEL, run_id, action)
            elif status == "pending":
                await self._stop_pending(connection, run_id, action)
                more = await connection.fetchval(sql.queue.SETTLE, thread_id)
        if status == "running":
            await self._broker.notify(CANCEL, f"{run_id} {action}")
        elif status == "pending":
            await self._after(run_id, more)
        return status

    async def _stop_pending(
        self, connection: asyncpg.Connection, run_id: UUID, action: str
    ) -> None:
        thread_id = await connection.fetchval(sql.queue.END_PENDING, run_id, action)
        if thread_id is not None and action == "rollback":
            await self._forget(connection, thread_id, run_id)

    async def delete(self, run_id: UUID) -> None:
        """Remove a run that has ended, with its checkpoints unless later state is made of them.

        The thread's values stay as they are until another run ends: what a client has read does not
        vanish from the thread together with the run's record.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            thread_id = await connection.fetchval(sql.queue.THREAD_OF_RUN, run_id)
            if thread_id is not None:
                await connection.execute(sql.queue.LOCK_THREAD, thread_id)
                if await connection.fetchval(sql.queue.HAS_DELTAS, thread_id):
                    await connection.execute(sql.queue.FORGET_RUN, run_id)
                else:
                    await self._forget(connection, thread_id, run_id)
                await connection.fetchval(sql.queue.SETTLE, thread_id)
