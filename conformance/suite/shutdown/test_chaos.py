"""Every process is killed once, each at an instant of its own, under clients that never stop."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

import anyio
import httpx

from onceproof.conformance.faults import kill_replica, revive
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.reads import read_ledger
from onceproof.conformance.suite.kit.recovery import wait_for_recovery
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.operations import OutcomeUnknown
from onceproof.conformance.wire.runs import Runs

CLIENTS = 6
RUNS_EACH = 100
STEPS = 2
PAUSE_S = 0.3
#: Kills come within this time of each other: while others recover, and while nothing else is wrong.
WITHIN_S = 1.5


@dataclass
class Client:
    """Creates runs on its own thread, each once the one before is acknowledged, until stopped."""

    runs: Runs
    thread_id: str
    stopped: Callable[[], bool]
    nonces: list[str] = field(default_factory=lambda: [new_nonce() for _ in range(RUNS_EACH)])
    acked: list[RunHandle] = field(default_factory=list)
    unknown: list[OutcomeUnknown] = field(default_factory=list)

    async def work(self) -> None:
        """Create a run per nonce; after one that was not answered, wait until a server is there."""
        body = {"steps": STEPS, "sleep_ms": 40}
        for nonce in self.nonces:
            if self.stopped():
                return
            try:
                handle = await self.runs.create(self.thread_id, "chain", body, nonce=nonce)
            except OutcomeUnknown as error:
                self.unknown.append(error)
                await self._wait_for_server()
            else:
                self.acked.append(handle)
                await anyio.sleep(PAUSE_S)

    async def list_runs(self) -> list[RunHandle]:
        """List the runs that exist."""
        found = [await self.runs.recover(error) for error in self.unknown]
        return [*self.acked, *(handle for handle in found if handle)]

    async def _wait_for_server(self) -> None:
        while not self.stopped():
            with suppress(httpx.TransportError):
                if (await self.runs.api.get("/ok")).is_success:
                    return
            await anyio.sleep(0.2)


@requirement("SHD-12")
async def test_killing_processes_at_any_instant_keeps_every_invariant(
    small: Small, small_runs: Runs, session: Session
) -> None:
    over = asyncio.Event()
    threads = [await small_runs.new_thread() for _ in range(CLIENTS)]
    clients = [Client(small_runs, thread_id, over.is_set) for thread_id in threads]
    nonces = list(chain(*(client.nonces for client in clients)))
    working = asyncio.gather(*(client.work() for client in clients))
    await asyncio.gather(
        *(_kill_at_some_instant(small, session, name, nonces) for name in small.names)
    )
    over.set()
    await working
    handles = list(chain(*[await client.list_runs() for client in clients]))
    ends = await wait_for_recovery(session, small_runs, handles, 90)
    same("statuses", set(ends), {"success"})
    await small_runs.final_snapshot(handles)
    accepted = [handle.nonce for handle in handles]
    assert_checks(session, accepted, "lost", "duplicate", "monotonic_status")
    await expect_no_ghosts(small.api, threads)
    for client in clients:
        await _demand_order(small, client)


async def _kill_at_some_instant(
    small: Small, session: Session, name: str, nonces: list[str]
) -> None:
    """Kill a process at some instant, and start it again while the clients go on."""
    await anyio.sleep(random.uniform(0.2, WITHIN_S))
    with kill_replica(session, name, nonces, levers=small.levers):
        await asyncio.to_thread(revive, small.levers, [name])


async def _demand_order(small: Small, client: Client) -> None:
    """The thread's state has the steps of the acknowledged runs in the order of their answers."""
    mine = {handle.nonce for handle in client.acked}
    done = [entry for entry in await read_ledger(small.api, client.thread_id) if entry[0] in mine]
    want = [(handle.nonce, step) for handle in client.acked for step in range(STEPS)]
    same(f"steps of thread {client.thread_id} in the order of its state", done, want)
