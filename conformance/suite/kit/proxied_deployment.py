"""A second deployment in which each replica reaches Postgres and Redis through its own proxies.

So one worker can lose Redis while the others, and its own connection to Postgres, are as they were.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from onceproof.conformance.faults.wiring import Wiring
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import (
    Deployment,
    make_target,
    reserve_databases,
    run_deployment,
)
from onceproof.conformance.suite.kit.verdicts import SECOND_DEPLOYMENT, not_judged


@asynccontextmanager
async def start_proxied_deployment(
    session: Session, workers: int
) -> AsyncIterator[tuple[Deployment, Wiring]]:
    """Start one API and this number of workers; yield them, and the proxies that they go through.

    A target without roles has this number of processes that do everything. Not judged for a
    target that cannot be routed through proxies.
    """
    if not session.target.offers("proxies"):
        not_judged(SECOND_DEPLOYMENT)
    replicas = {
        "api_replicas": 1 if session.options.has_roles else workers,
        "worker_replicas": workers,
    }
    async with reserve_databases(session) as databases:
        with Wiring(databases.database_uri, databases.redis_uri) as wiring:
            target = make_target(session, {}, wiring.env_of, **replicas)
            # While a worker is cut off, its errors are the test's doing and not the target's.
            async with run_deployment(
                session, target, databases, remembers_errors=False
            ) as deployment:
                yield deployment, wiring
