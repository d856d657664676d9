"""Two deployments of the target on one Postgres and one Redis, that differ in how they are set up.

`first` has its databases in uncommon forms, traces, and a licence; `second` finds its databases
under the alternative names, has no tracing, no licence and no way out. Both have one key prefix.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from onceproof.conformance.history import Recorder
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.egress import BlackHole
from onceproof.conformance.suite.deployment.forms import (
    in_query,
    with_number_as_option,
    with_password,
    with_scheme,
)
from onceproof.conformance.suite.deployment.licence import may_name_service
from onceproof.conformance.suite.kit.deployments import (
    Deployment,
    make_target,
    require_startable,
    reserve_databases,
    run_deployment,
)
from onceproof.conformance.witness import Beacon, Sink, TraceCollector

PREFIX = "onceproof-prefix:"
POOL = 8
KEY = "lcl_onceproof"
NOWHERE = "127.0.0.1:9"


@dataclass(frozen=True)
class Pair:
    """Both, and the outside services that they are configured with; `untold` must hear nothing."""

    first: Deployment
    second: Deployment
    sink: Sink
    beacon: Beacon
    traces: TraceCollector
    untold: TraceCollector
    hole: BlackHole
    #: Processes of `first` that a test has started again.
    revived: list[str] = field(default_factory=list)

    @property
    def both(self) -> tuple[Deployment, Deployment]:
        return self.first, self.second


@asynccontextmanager
async def start_pair(session: Session) -> AsyncIterator[Pair]:
    """Start both side by side; inconclusive where the target is not ours to start."""
    require_startable(session)
    async with AsyncExitStack() as stack:
        history = stack.enter_context(Recorder(session.folder / f"pair-{uuid4().hex[:8]}.jsonl"))
        host = session.sink.host
        sink = stack.enter_context(Sink(history, host=host))
        hole = stack.enter_context(BlackHole(host))
        beacon = stack.enter_context(Beacon(host=host))
        traces, untold = (stack.enter_context(TraceCollector(host=host)) for _ in range(2))
        envs = (
            {**_name_licence_service(session, beacon), **_tracing(traces, "true"), **_common()},
            {**_tracing(untold, "false"), **hole.environ(), **_common()},
        )
        made = (_start(session, history, sink, env, place) for place, env in enumerate(envs))
        first, second = await asyncio.gather(*(stack.enter_async_context(each) for each in made))
        yield Pair(first, second, sink, beacon, traces, untold, hole)


def _name_licence_service(session: Session, beacon: Beacon) -> dict[str, str]:
    """Where this can be named: any other target might ask the vendor about our invented key."""
    if not may_name_service(session):
        return {}
    return {
        "LANGGRAPH_CLOUD_LICENSE_KEY": KEY,
        "LANGGRAPH_BEACON_ENDPOINT": beacon.url,
        "LANGGRAPH_USAGE_INTERVAL_SECS": "1",
    }


def _tracing(collector: TraceCollector, on: str) -> dict[str, str]:
    return {
        "LANGSMITH_ENDPOINT": collector.url,
        "LANGSMITH_API_KEY": "onceproof",
        "LANGSMITH_TRACING": on,
        "LANGCHAIN_TRACING_V2": on,
    }


def _common() -> dict[str, str]:
    """The same prefix for both: different ones would keep apart what must not need them."""
    return {"LANGGRAPH_POSTGRES_POOL_MAX_SIZE": str(POOL), "REDIS_KEY_PREFIX": PREFIX}


def _forms(place: int, database_uri: str, redis_uri: str) -> dict[str, str]:
    if place == 0:
        return {
            "DATABASE_URI": in_query(database_uri),
            "REDIS_URI": with_number_as_option(redis_uri),
        }
    return {
        "DATABASE_URI": f"postgresql://{NOWHERE}/none",
        "POSTGRES_URI_CUSTOM": with_scheme(database_uri, "postgres"),
        "REDIS_URI": f"redis://{NOWHERE}/0",
        "REDIS_URI_CUSTOM": with_password(redis_uri),
    }


def _replicas(session: Session, of_each: int) -> dict[str, int]:
    """As many of either role, or as many in all where each replica of an image has both."""
    if session.options.image and not session.options.has_roles:
        return {"api_replicas": 2 * of_each, "worker_replicas": 0}
    return {"api_replicas": of_each, "worker_replicas": of_each}


@asynccontextmanager
async def _start(
    session: Session, history: Recorder, sink: Sink, env: Mapping[str, str], place: int
) -> AsyncIterator[Deployment]:
    """Start one of the two with its URIs in uncommon forms, or else with plain ones."""
    replicas = _replicas(session, 2 - place)
    async with reserve_databases(session) as databases:
        forms = _forms(place, databases.database_uri, databases.redis_uri)
        uncommon = make_target(session, {**forms, **env}, **replicas)
        plain = make_target(session, {**databases.env, **env}, **replicas)
        about: dict[str, Any] = {"history": history, "sink": sink, "remembers_errors": False}
        async with run_deployment(
            session, uncommon, databases, fallback=plain, **about
        ) as deployment:
            yield deployment
