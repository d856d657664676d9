"""Two deployments of the target on one Postgres and one Redis, that differ in how they are set up.

`first` has its databases in uncommon forms, traces, and a licence; `second` finds its databases
under the alternative names, has no tracing, no licence and no way out. Both have one key prefix.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from onceproof.conformance.errors import StackError, TargetError, UsageError
from onceproof.conformance.history import Recorder
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.egress import BlackHole
from onceproof.conformance.suite.deployment.forms import (
    in_query,
    with_number_as_option,
    with_password,
    with_scheme,
)
from onceproof.conformance.suite.kit.deployments import another, redis_number, startable
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Levers, Target
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Beacon, Sink, TraceCollector

PREFIX = "onceproof-prefix:"
POOL = 8
KEY = "lcl_onceproof"
NOWHERE = "127.0.0.1:9"


@dataclass(frozen=True)
class Deployment:
    """One of the two. The URIs are plain; `flaw` says why it did not start with others."""

    target: Target
    api: Api
    runs: Runs
    levers: Levers
    database_uri: str
    redis_uri: str
    number: int
    flaw: str | None
    #: Processes that a test has started again.
    revived: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """All its processes."""
        return [replica.name for replica in self.target.replicas]


@dataclass(frozen=True)
class Pair:
    """Both, and the services outside that they were told of."""

    first: Deployment
    second: Deployment
    sink: Sink
    beacon: Beacon
    traces: TraceCollector
    untold: TraceCollector
    hole: BlackHole

    @property
    def both(self) -> tuple[Deployment, Deployment]:
        return self.first, self.second


@asynccontextmanager
async def started_pair(session: Session) -> AsyncIterator[Pair]:
    """Start both side by side; inconclusive where the target is not ours to start."""
    startable(session)
    async with AsyncExitStack() as stack:
        history = stack.enter_context(Recorder(session.folder / f"pair-{uuid4().hex[:8]}.jsonl"))
        host = session.sink.host
        sink = stack.enter_context(Sink(history, host=host))
        hole = stack.enter_context(BlackHole(host))
        beacon = stack.enter_context(Beacon(host=host))
        traces, untold = (stack.enter_context(TraceCollector(host=host)) for _ in range(2))
        envs = (
            {**_licence(session, beacon), **_tracing(traces, "true"), **_common()},
            {**_tracing(untold, "false"), **hole.environ(), **_common()},
        )
        made = (_deployed(session, history, sink, env, place) for place, env in enumerate(envs))
        first, second = await asyncio.gather(*(stack.enter_async_context(each) for each in made))
        yield Pair(first, second, sink, beacon, traces, untold, hole)


def _licence(session: Session, beacon: Beacon) -> dict[str, str]:
    """Only for the reference server: any other might ask the vendor about a key we made up."""
    if session.target.kind != "reference":
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
    """The same prefix for both: another one would keep apart what has to be kept apart without."""
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


def _databases(session: Session, number: int) -> tuple[str, str]:
    """A database and a Redis number of its own; inconclusive on a stack that has none to give."""
    try:
        return (
            session.stack.add_database(f"pair_{uuid4().hex[:8]}"),
            session.stack.redis_number(number),
        )
    except (StackError, UsageError) as error:
        inconclusive(f"a deployment beside the target has no databases: {error}")


def _replicas(session: Session, of_each: int) -> dict[str, int]:
    """As many of either role, or as many in all where each replica of an image has both."""
    if session.options.image and not session.options.has_roles:
        return {"api_replicas": 2 * of_each, "worker_replicas": 0}
    return {"api_replicas": of_each, "worker_replicas": of_each}


@asynccontextmanager
async def _deployed(
    session: Session, history: Recorder, sink: Sink, env: Mapping[str, str], place: int
) -> AsyncIterator[Deployment]:
    replicas = _replicas(session, 2 - place)
    with redis_number() as number:
        uris = await asyncio.to_thread(_databases, session, number)
        plain = dict(zip(("DATABASE_URI", "REDIS_URI"), uris, strict=True))
        target, flaw = another(session, {**_forms(place, *uris), **env}, **replicas), None
        try:
            try:
                await asyncio.to_thread(target.start)
            except TargetError as error:
                target, flaw = another(session, {**plain, **env}, **replicas), str(error)
                await asyncio.to_thread(target.start)
        except (StackError, TargetError, UsageError) as error:
            inconclusive(f"a deployment beside the target did not start: {error}")
        try:
            async with Api(target.urls) as api:
                runs = Runs(api, history, sink.url)
                assert target.levers is not None, "a target that is started here has levers"
                yield Deployment(target, api, runs, target.levers, *uris, number, flaw)
        finally:
            await asyncio.to_thread(target.stop)
