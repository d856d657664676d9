"""Postgres is restarted under load: what was accepted happens, what was not says so."""

import asyncio
from dataclasses import dataclass, field

import anyio

from onceproof.conformance.faults import restart_postgres
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.recovery import wait_for_recovery
from onceproof.conformance.suite.kit.verdicts import SERVICES, not_judged
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import OutcomeUnknown
from onceproof.conformance.wire.runs import Runs

UNDER_WAY = 8
STEPS = 12
CLIENTS = 4
SERVER_ERRORS = range(500, 600)


@dataclass
class Clients:
    """Clients that create runs one after the other, whatever they are answered."""

    runs: Runs
    stopped: bool = False
    acked: list[RunHandle] = field(default_factory=list)
    unknown: list[OutcomeUnknown] = field(default_factory=list)

    async def client(self, thread_id: str) -> None:
        """Create runs until stopped; a refusal of the request itself is an error."""
        while not self.stopped:
            try:
                self.acked.append(await self.runs.create(thread_id, "chain", {"steps": 1}))
            except OutcomeUnknown as error:
                self.unknown.append(error)
            await anyio.sleep(0.05)


@requirement("QUE-14", "QUE-19")
async def test_runs_and_requests_survive_a_restart_of_postgres(
    runs: Runs, session: Session
) -> None:
    if session.stack.levers() is None:
        not_judged(SERVICES)
    threads = [await runs.new_thread() for _ in range(UNDER_WAY + CLIENTS)]
    body = {"steps": STEPS, "sleep_ms": 100}
    under_way = [await runs.create(each, "chain", body) for each in threads[:UNDER_WAY]]
    await session.sink.async_wait_for(under_way[-1].nonce, "begin")
    clients = Clients(runs)
    asking = asyncio.gather(*(clients.client(each) for each in threads[UNDER_WAY:]))
    await asyncio.to_thread(_restart, session)
    clients.stopped = True
    await asking
    statuses = {error.status for error in clients.unknown}
    same("unserved requests by status", statuses - set(SERVER_ERRORS), set())
    found = [await runs.recover(error) for error in clients.unknown]
    handles = [*under_way, *clients.acked, *(handle for handle in found if handle)]
    ends = await wait_for_recovery(session, runs, handles, 60)
    same("statuses of all accepted runs", set(ends), {"success"})
    await runs.final_snapshot(handles)
    nonces = [handle.nonce for handle in handles]
    assert_checks(session, nonces, "lost", "duplicate", "monotonic_status")


def _restart(session: Session) -> None:
    with restart_postgres(session):
        pass
