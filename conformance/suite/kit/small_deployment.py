"""A small deployment of the target's own: two workers of three slots, short leases, short grace.

For what would starve, stop or kill the one that all other tests share, and for counts that must
not see anybody else's runs. Its store has no index of meanings.

    small        the deployment
    small_runs   runs on it; at the end of a test its processes are all up again
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from onceproof.conformance.faults import revive
from onceproof.conformance.runner.lanes import in_one_lane
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import Deployment, start_deployment
from onceproof.conformance.suite.kit.recovery import LIMIT_S, works_again
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SLOTS = 3
WORKERS = 2
GRACE_S = 4
#: On top of the grace: handing over the runs, closing connections, a busy machine.
MARGIN_S = 10.0

ENV = {
    "N_JOBS_PER_WORKER": str(SLOTS),
    "BG_JOB_SHUTDOWN_GRACE_PERIOD_SECS": str(GRACE_S),
    "LEASE_MS": "2000",
    "HEARTBEAT_MS": "400",
    "SWEEP_MS": "400",
    # Takes the place of langgraph.json's section, which asks for a vector index.
    "LANGGRAPH_STORE": "{}",
}


@dataclass
class Small(Deployment):
    """The deployment; `api` talks to the first replica, which is never one of `workers[1:]`.

    `outages` is the number of stack outages that it has been given time to recover from.
    """

    outages: int

    @property
    def slots(self) -> int:
        """The number of runs it executes at once."""
        return SLOTS * len(self.workers)


@pytest.fixture(scope="session")
@in_one_lane
async def small(session: Session) -> AsyncIterator[Small]:
    split = session.options.has_roles
    apis = 1 if split else WORKERS
    async with (
        start_deployment(session, ENV, api_replicas=apis, worker_replicas=WORKERS) as whole,
        Api(whole.target.urls[:1], session.history, guard=session.guard) as api,
    ):
        runs = Runs(api, session.history, session.sink.url)
        yield Small(
            whole.target, whole.levers, api, runs, whole.databases, whole.flaw, session.outages
        )


@asynccontextmanager
async def open_runs(small: Small, session: Session) -> AsyncIterator[Runs]:
    """Open runs on it, once it works again after an outage of the stack; else inconclusive."""
    async with Runs(small.api, session.history, session.sink.url) as runs:
        new, small.outages = session.outages > small.outages, session.outages
        if new and not await works_again(runs, small.slots):
            inconclusive(f"after an outage of the stack runs do not end well within {LIMIT_S:g} s")
        yield runs


@pytest.fixture
async def small_runs(small: Small, session: Session) -> AsyncIterator[Runs]:
    async with open_runs(small, session) as runs:
        yield runs
        revive(small.levers, small.names)
