"""The task of a worker process that makes the calls that are owed.

It is woken when a run of this process ends. Whatever else is owed, by runs that ended elsewhere
or by a process that died, a poll finds.
"""

import asyncio
import contextlib
import logging
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx

from onceproof.reference_impl import encoding
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.settings import Settings
from onceproof.reference_impl.webhooks.calling import Application, Caller
from onceproof.reference_impl.webhooks.outbox import Outbox
from onceproof.reference_impl.webhooks.policy import Policy, Refused

log = logging.getLogger(__name__)

#: How often a call is made before it is given up, and the pause after the first failure.
MAX_TRIES = 3
PAUSE_S = 1.0
#: Calls under way at once; most of the time that a call takes is the receiver's.
MAX_CALLS = 100
#: What the calls under way are given to be answered when the process stops.
DRAIN_S = 5.0


class Sender:
    """Claims owed calls, makes them, and settles them by their answer."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        policy: Policy,
        settings: Settings,
        own_app: Application | None = None,
    ):
        """`own_app` is the deployment's own application, which webhooks may lead to."""
        self._policy = policy
        self._own_app = own_app
        self._settings = settings
        self._outbox = Outbox(pool, settings.lease_ms / 1000)
        self._calls: dict[UUID, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for calls now: a run that owes one has ended."""
        self._wake.set()

    async def run(self) -> None:
        """Make calls until cancelled; those under way then have a moment to be answered."""
        if self._policy.disabled:
            return
        # It logs every URL that it requests, and these may hold a receiver's secret.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._caller = Caller(self._policy, self._settings.webhook_timeout_s, self._own_app)
        async with asyncio.TaskGroup() as group:
            leases = group.create_task(self._extend(), name="webhook-leases")
            try:
                await self._claim()
            finally:
                await self._empty()
                await self._caller.close()
                leases.cancel()

    async def _claim(self) -> None:
        while True:
            self._wake.clear()
            await self._fill()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._settings.sweep_ms / 1000)

    async def _fill(self) -> None:
        try:
            for owed in await self._outbox.claim(MAX_CALLS - len(self._calls)):
                self._begin(owed)
        except AWAY as error:
            log.warning("webhooks: claim failed (%s); trying again", error)

    async def _extend(self) -> None:
        while True:
            await asyncio.sleep(self._settings.heartbeat_ms / 1000)
            if not self._calls:
                continue
            try:
                await self._outbox.extend(list(self._calls))
            except AWAY as error:
                log.warning("webhooks: leases not extended (%s); trying again", error)

    def _begin(self, owed: asyncpg.Record) -> None:
        delivery = owed["delivery_id"]
        call = asyncio.create_task(self._see_through(owed), name=f"webhook-{delivery}")
        self._calls[delivery] = call
        call.add_done_callback(lambda call: self._forget(delivery, call))

    def _forget(self, delivery: UUID, call: asyncio.Task[None]) -> None:
        if len(self._calls) >= MAX_CALLS:
            self._wake.set()
        del self._calls[delivery]
        if not call.cancelled() and (error := call.exception()):
            log.error("webhook delivery %s failed on our side", delivery, exc_info=error)

    async def _empty(self) -> None:
        await self._fill()
        if self._calls:
            await asyncio.wait(set(self._calls.values()), timeout=DRAIN_S)
        broken_off = dict(self._calls)
        for call in broken_off.values():
            call.cancel()
        try:
            if broken_off:
                await self._outbox.hand_back(list(broken_off))
        except AWAY as error:
            log.warning("webhooks: %d calls not handed back (%s)", len(broken_off), error)

    # -- one call --------------------------------------------------------------------------------

    async def _see_through(self, owed: asyncpg.Record) -> None:
        try:
            again = await self._call(owed)
            if again is None or owed["failures"] + 1 >= MAX_TRIES:
                if again:
                    log.warning("webhook of run %s given up: %s", owed["run_id"], again)
                await self._outbox.settle(owed["delivery_id"])
                return
            pause_s = PAUSE_S * 2 ** owed["failures"]
            log.info("webhook of run %s: %s; again in %g s", owed["run_id"], again, pause_s)
            await self._outbox.retry(owed["delivery_id"], pause_s)
            asyncio.get_running_loop().call_later(pause_s, self._wake.set)
        except AWAY as error:
            log.warning("webhook of run %s: not settled (%s)", owed["run_id"], error)

    async def _call(self, owed: asyncpg.Record) -> str | None:
        """Why the call has to be made again; None if it is settled, be it by a refusal."""
        payload = {**owed["payload"], "webhook_sent_at": datetime.now(UTC).isoformat()}
        headers = {
            "content-type": "application/json",
            "webhook-delivery-id": str(owed["delivery_id"]),
        }
        body = encoding.dumps(self._policy.filter_payload(payload))
        try:
            async with asyncio.timeout(self._settings.webhook_timeout_s):
                status = await self._caller.post(owed["url"], body, headers)
        except (Refused, httpx.RequestError, OSError, TimeoutError) as error:
            return self._judge_error(owed, error)
        if status >= 500 or status == 429:
            return f"the receiver answered {status}"
        if status >= 400:
            log.warning("webhook of run %s: the receiver answered %d", owed["run_id"], status)
        return None

    def _judge_error(self, owed: asyncpg.Record, error: Exception) -> str | None:
        if isinstance(error, Refused):
            log.warning("webhook of run %s not called: %s", owed["run_id"], error)
            return None
        return str(error) or type(error).__name__
