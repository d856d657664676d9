"""The events of one attempt on their way to Redis: in order, in batches, never blocking the run.

A Redis that is away must not fail a run: batches are retried until `PATIENCE_S` has passed, then
dropped and logged, and the run goes on. If events of a newer attempt have been published, this
attempt is a zombie: from then on everything it emits is dropped.
"""

import asyncio
import contextlib
import logging
import time
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from onceproof.reference_impl import encoding
from onceproof.reference_impl.core.streams.broker import Broker

log = logging.getLogger(__name__)

PATIENCE_S = 60.0
RETRY_S = 0.2
#: Events that follow each other this closely are sent together: a round trip costs more than a
#: wait. The first one after a pause is sent at once, because somebody may be watching.
LINGER_S = 0.002
MAX_BATCH = 500
MAX_BATCH_BYTES = 4 * 1024 * 1024
#: How many events may wait for Redis before the graph has to wait, too.
MAX_WAITING = 5_000


class Publication:
    """Publishes what one attempt emits."""

    def __init__(
        self,
        broker: Broker,
        run_id: UUID,
        attempt: int,
        *,
        resumable: bool,
        max_event_bytes: int,
        **address: Any,
    ):
        """`address` holds the other arguments of `Broker.publish`."""
        self._broker = broker
        self._run_id = run_id
        self._attempt = attempt
        self._address: dict[str, Any] = {"resumable": resumable, **address}
        self._max_event_bytes = max_event_bytes
        self._waiting: list[tuple[str, bytes]] = []
        self._sent = 0
        self._sender: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.refused = False

    def emit(self, name: str, payload: Any) -> None:
        """Queue one event; CR and LF are removed from its name, as they would forge another event.

        An event above the size limit is left out: an error event would end its readers' stream.
        """
        if self.refused:
            return
        clean = name.replace("\r", "").replace("\n", "")
        data = encoding.dumps(payload)
        if len(data) > self._max_event_bytes:
            log.error("run %s: event %r of %d bytes left out", self._run_id, clean, len(data))
            return
        self._waiting.append((clean, data))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send(), name=f"publish-{self._run_id}")

    async def room(self) -> None:
        """Wait while too many events are queued: a burst must not fill the memory."""
        if len(self._waiting) > MAX_WAITING:
            await self.flush()

    async def flush(self) -> None:
        """Wait until everything emitted so far has been published or given up."""
        self._hurry.set()
        if self._sender is not None:
            await asyncio.shield(self._sender)
        self._hurry.clear()

    async def _send(self) -> None:
        while self._waiting:
            batch = self._take()
            # Counted first: an event that cannot be published leaves a gap that its readers see.
            first, self._sent = self._sent, self._sent + len(batch)
            if not await self._publish(first, batch):
                return
            await self._linger()

    async def _linger(self) -> None:
        """Give more events time to arrive, unless somebody waits for those there are."""
        while_lingering = asyncio.timeout(LINGER_S)
        with contextlib.suppress(TimeoutError):
            async with while_lingering:
                await self._hurry.wait()

    def _take(self) -> list[tuple[str, bytes]]:
        size, count = 0, 0
        for _, data in self._waiting[:MAX_BATCH]:
            size += len(data)
            count += 1
            if size > MAX_BATCH_BYTES:
                break
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _publish(self, first: int, batch: list[tuple[str, bytes]]) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                accepted = await self._broker.publish(
                    self._run_id, self._attempt, first, batch, **self._address
                )
            except (RedisError, OSError, TimeoutError) as error:
                if time.monotonic() < deadline:
                    await asyncio.sleep(RETRY_S)
                    continue
                log.error("run %s: %d events lost: %s", self._run_id, len(batch), error)
                return True
            if not accepted:
                self._refuse()
            return accepted

    def _refuse(self) -> None:
        self.refused = True
        self._waiting.clear()
        log.warning(
            "fenced: refused events of run %s: attempt %d is no longer its newest",
            self._run_id,
            self._attempt,
        )
