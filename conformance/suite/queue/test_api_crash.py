"""An API replica dies while clients create runs: what it acknowledged happens, what it did not
acknowledge has happened whole or not at all.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from uuid import uuid4

from onceproof.conformance.faults import kill_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, expect, same
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.recovery import wait_for_recovery
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Levers
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.operations import OutcomeUnknown
from onceproof.conformance.wire.runs import Runs

CLIENTS = 12
ENOUGH = 60


@dataclass
class Storm:
    """Clients that create runs, each run on a thread that comes into being with it.

    All ask the replica `at`. With the last of `ENOUGH` acknowledgements in hand, `strike` is
    called before anything else happens.
    """

    runs: Runs
    at: int
    strike: Callable[[], object]
    acked: list[RunHandle] = field(default_factory=list)
    unknown: list[OutcomeUnknown] = field(default_factory=list)

    async def client(self, nonces: list[str]) -> None:
        """Create a run per nonce; the first request that is not answered is the last."""
        for nonce in nonces:
            try:
                handle = await self._create(nonce)
            except OutcomeUnknown as error:
                self.unknown.append(error)
                return
            self.acked.append(handle)
            if len(self.acked) == ENOUGH:
                self.strike()

    async def _create(self, nonce: str) -> RunHandle:
        body = {"steps": 1}
        return await self.runs.create(
            str(uuid4()), "chain", body, nonce=nonce, at=self.at, if_not_exists="create"
        )


@requirement("QUE-07", "QUE-08")
async def test_killing_an_api_replica_loses_no_acknowledged_run_and_leaves_no_half_run(
    runs: Runs, api: Api, session: Session, levers: Levers
) -> None:
    at, _ = require_two_replicas(api)
    [victim] = [
        each.name for each in session.target.replicas if each.url == session.target.urls[at]
    ]
    nonces = [[new_nonce() for _ in range(ENOUGH)] for _ in range(CLIENTS)]
    with ExitStack() as broken:
        fault = kill_replica(session, victim, [nonce for own in nonces for nonce in own])
        storm = Storm(runs, at, lambda: broken.enter_context(fault))
        await asyncio.gather(*(storm.client(own) for own in nonces))
    if not storm.unknown:
        inconclusive("every request was answered before the replica was gone")
    found = [await runs.recover(error) for error in storm.unknown]
    handles = [*storm.acked, *(handle for handle in found if handle)]
    statuses = await wait_for_recovery(session, runs, handles, 30)
    same("statuses of the runs that exist", set(statuses), {"success"})
    await runs.final_snapshot(handles)
    assert_checks(session, [handle.nonce for handle in handles], "lost")
    await _nothing_by_halves(api, storm, handles)


async def _nothing_by_halves(api: Api, storm: Storm, handles: list[RunHandle]) -> None:
    for handle in handles:
        expect(await api.get(f"/threads/{handle.thread_id}"))
    asked = [each.thread_id for each in storm.acked] + [each.thread_id for each in storm.unknown]
    await expect_no_ghosts(api, [thread_id for thread_id in asked if thread_id])
