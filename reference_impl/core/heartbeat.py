"""Heartbeats, from a thread of their own.

A node that blocks the event loop (a long computation, a synchronous call in an async function) is
slow, not dead. If heartbeats came from the same loop, its lease would expire and a second attempt
would start beside it, as operators of such servers report for nodes that take minutes.
A process that is stopped or killed stops this thread too, so real deaths still show.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from uuid import UUID

import asyncpg

from onceproof.reference_impl import sql
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)


class Heartbeat:
    """Extends the leases of this worker's runs, and reports what it learns on the way."""

    def __init__(
        self,
        settings: Settings,
        *,
        lost: Callable[[UUID, int], None],
        cancelled: Callable[[UUID, str], None],
    ):
        """`lost(run, attempt)` and `cancelled(run, action)` are called on the caller's loop."""
        self._settings = settings
        self._lost = lost
        self._cancelled = cancelled
        self._held: dict[UUID, int] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._home = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._main, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)

    def hold(self, run_id: UUID, attempt: int) -> None:
        with self._lock:
            self._held[run_id] = attempt

    def release(self, run_id: UUID) -> None:
        with self._lock:
            self._held.pop(run_id, None)

    def _main(self) -> None:
        asyncio.run(self._beat())

    async def _beat(self) -> None:
        connection: asyncpg.Connection | None = None
        while not self._stopped.wait(self._settings.heartbeat_ms / 1000):
            with self._lock:
                held = dict(self._held)
            if not held:
                continue
            try:
                if connection is None or connection.is_closed():
                    connection = await asyncpg.connect(
                        self._settings.database_uri, timeout=5, command_timeout=5
                    )
                await self._extend(connection, held)
            except (asyncpg.PostgresError, *AWAY) as error:
                log.warning("heartbeat failed (%s); trying again", error)
                if connection is not None:
                    connection.terminate()
                    connection = None
        if connection is not None:
            await connection.close(timeout=2)

    async def _extend(self, connection: asyncpg.Connection, held: dict[UUID, int]) -> None:
        rows = await connection.fetch(
            sql.queue.HEARTBEAT, list(held), list(held.values()), self._settings.lease_ms / 1000
        )
        alive = {row["run_id"] for row in rows}
        for row in rows:
            if row["cancel"]:
                self._home.call_soon_threadsafe(self._cancelled, row["run_id"], row["cancel"])
        for run_id, attempt in held.items():
            if run_id not in alive:
                self._home.call_soon_threadsafe(self._lost, run_id, attempt)
