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
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import second_deployment
from onceproof.conformance.suite.kit.recovery import LIMIT_S, works_again
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Levers, Target
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SLOTS = 3
WORKERS = 2
GRACE_S = 4
#: On top of the grace: handing the runs on, closing connections, a busy machine.
MARGIN_S = 10.0

ENV = {
    "N_JOBS_PER_WORKER": str(SLOTS),
    "BG_JOB_SHUTDOWN_GRACE_PERIOD_SECS": str(GRACE_S),
    "LEASE_MS": "2000",
    "HEARTBEAT_MS": "400",
    "SWEEP_MS": "400",
    # Takes the place of langgraph.json's section, which asks for an index of meanings.
    "LANGGRAPH_STORE": "{}",
}


@dataclass
class Small:
    """The deployment; `api` speaks to its first replica, which is none of `workers[1:]`.

    `outages` counts those of the stack that it was given time to get over: once for each.
    """

    target: Target
    api: Api
    levers: Levers
    outages: int

    @property
    def names(self) -> list[str]:
        """All replicas."""
        return [replica.name for replica in self.target.replicas]

    @property
    def workers(self) -> list[str]:
        """The replicas that execute runs."""
        return [each.name for each in self.target.replicas if each.role != "api"]

    @property
    def slots(self) -> int:
        """How many runs it executes at once."""
        return SLOTS * len(self.workers)


@pytest.fixture(scope="session")
async def small(session: Session) -> AsyncIterator[Small]:
    split = session.options.has_roles
    replicas = {"api_replicas": 1 if split else WORKERS, "worker_replicas": WORKERS}
    async with (
        second_deployment(session, env=ENV, **replicas) as target,
        Api(target.urls[:1], session.history) as api,
    ):
        assert target.levers is not None, "a target that is started here has levers"
        yield Small(target, api, target.levers, session.outages)


@asynccontextmanager
async def open_runs(small: Small, session: Session) -> AsyncIterator[Runs]:
    """Runs on it; the first after an outage of the stack wait for it, or are inconclusive."""
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
