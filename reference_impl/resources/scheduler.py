"""The scheduler: makes a run of each cron at each of its due times.

Every worker process has one, and none of them leads. A due cron is claimed, given its next date
and turned into a run in one transaction. So each due time makes one run, however many schedulers
look and wherever one dies: before the commit nothing has happened, after it everything has.

It sleeps until the next due time, or until a notice says that a cron is new or changed. A
poll backs up both, for notices that Redis lost and schedulers that died with a cron in hand.
"""

import asyncio
import contextlib
import logging
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from onceproof.reference_impl import sql
from onceproof.reference_impl.core.engine import Engine
from onceproof.reference_impl.core.run import RunRequest, ThreadBusy, ThreadMissing
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.errors import Refusal
from onceproof.reference_impl.resources import assistants, crons
from onceproof.reference_impl.resources.graphs import Graphs
from onceproof.reference_impl.resources.run_requests import build_run
from onceproof.reference_impl.resources.schedule import BadSchedule
from onceproof.reference_impl.webhooks.policy import Policy

log = logging.getLogger(__name__)

RETRY_S = 0.5

#: Clocks drift: a scheduler that wakes a hair too early waits this long instead of spinning.
LEAST_S = 0.005


class Scheduler:
    """One process' scheduler."""

    def __init__(self, engine: Engine, graphs: Graphs, webhooks: Policy):
        self._engine = engine
        self._find_assistant = partial(assistants.resolve, engine.pool, graphs)
        self._webhooks = webhooks
        self._wake = asyncio.Event()
        self._stopped = False

    async def run(self) -> None:
        """Make runs until stopped."""
        await self._engine.broker.listen(crons.TOPIC, lambda _: self._wake.set())
        while not self._stopped:
            self._wake.clear()
            try:
                wait_s = await self.look()
            except AWAY as error:
                log.warning("crons could not be checked (%s); trying again", error)
                wait_s = RETRY_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait_s)

    def stop(self) -> None:
        """Make no more runs; what is due is left to other schedulers."""
        self._stopped = True
        self._wake.set()

    async def look(self) -> float:
        """Make the runs that are due; returns how many seconds to wait for the next."""
        found = await crons.list_upcoming(self._engine.pool)
        fired = False
        for cron in found:
            if cron["in_s"] <= 0 and not self._stopped:
                fired |= await self._fire(cron["cron_id"], cron["thread_id"])
        if fired:
            return 0
        # Another scheduler has what is due and was not ours, or the poll will find it.
        coming = [cron["in_s"] for cron in found if cron["in_s"] > 0]
        return max(LEAST_S, min([self._engine.settings.cron_poll_s, *coming]))

    async def _fire(self, cron_id: UUID, thread_id: UUID | None) -> bool:
        """Make the cron's run, if it is still due; False if it is not, or another's to make."""
        queue = self._engine.queue
        async with self._engine.pool.acquire() as connection, connection.transaction():
            if thread_id is not None:
                await connection.execute(sql.queue.LOCK_THREAD, thread_id)
            cron = await crons.claim(connection, cron_id)
            if cron is None:
                return False
            await crons.advance(connection, cron_id, _next_run_date(cron))
            if crons.is_past_end(cron, cron["at"]):
                return True
            run, stopping = await self._accept(connection, cron)
        if run is not None:
            await queue.announce([run], stopping)
        return True

    async def _accept(
        self, connection: asyncpg.Connection, cron: Any
    ) -> tuple[RunRequest | None, list[tuple[UUID, str]]]:
        """Accept the run; one that is refused is left out, and the cron goes on."""
        try:
            run = await self._request(cron)
            async with connection.transaction():
                _, stopping = await self._engine.queue.accept_within(connection, [run])
        except (ThreadBusy, ThreadMissing, Refusal, ValidationError) as refusal:
            log.warning("cron %s: no run this time: %s", cron["cron_id"], refusal)
            return None, []
        return run, stopping

    async def _request(self, cron: Any) -> RunRequest:
        run = await build_run(
            crons.run_body(cron),
            cron["thread_id"],
            find_assistant=self._find_assistant,
            webhooks=self._webhooks,
        )
        if cron["made_by"] is not None:
            run.spec.user, run.owner = cron["made_by"], dict(run.metadata)
        run.spec.config["configurable"]["cron_id"] = str(cron["cron_id"])
        run.metadata["cron_id"] = str(cron["cron_id"])
        return run


def _next_run_date(cron: Any) -> datetime | None:
    try:
        return crons.next_run_date(cron, cron["at"])
    except BadSchedule as error:  # it was one when it was stored: this host lacks its timezone
        log.error("cron %s will not run again until it is changed: %s", cron["cron_id"], error)
        return None
