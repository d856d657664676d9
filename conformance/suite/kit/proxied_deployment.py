"""A deployment of its own in which each replica reaches Postgres and Redis by ways of its own.

So one worker can lose Redis while the others, and its own way to Postgres, are as they were.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from onceproof.conformance.errors import StackError, TargetError, UsageError
from onceproof.conformance.faults.wiring import Wiring
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import another, redis_number
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Levers, Target


@dataclass(frozen=True)
class Wired:
    """A deployment, and the proxies that it reaches everything through."""

    target: Target
    levers: Levers
    wiring: Wiring


@asynccontextmanager
async def wired_deployment(session: Session, worker_replicas: int) -> AsyncIterator[Wired]:
    """One API and so many workers on databases of their own; inconclusive if there can be none.

    Where nothing tells the two apart, so many processes that do everything.
    """
    if session.target.kind not in ("reference", "command"):
        inconclusive(f"a target of kind {session.target.kind!r} has no ways that we could lay")
    with redis_number() as number:
        try:
            name = f"wired_{uuid4().hex[:8]}"
            database_uri = await asyncio.to_thread(session.stack.add_database, name)
            redis_uri = session.stack.redis_number(number)
        except (StackError, UsageError) as error:
            inconclusive(f"there are no databases for a second deployment: {error}")
        with Wiring(database_uri, redis_uri) as wiring:
            split = session.options.has_roles
            replicas = {
                "api_replicas": 1 if split else worker_replicas,
                "worker_replicas": worker_replicas,
            }
            target = another(session, {}, wiring.env_of, **replicas)
            async with _started(target) as levers:
                yield Wired(target, levers, wiring)


@asynccontextmanager
async def _started(target: Target) -> AsyncIterator[Levers]:
    try:
        await asyncio.to_thread(target.start)
    except (TargetError, UsageError) as error:
        inconclusive(f"a second deployment did not start: {error}")
    try:
        assert target.levers is not None, "a target that is started here has levers"
        yield target.levers
    finally:
        await asyncio.to_thread(target.stop)
