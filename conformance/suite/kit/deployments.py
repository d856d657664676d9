"""A second deployment of the target with other settings, beside the one under certification.

Some promises show only under settings that no certification runs with as a whole: a run time of
two seconds, a single worker slot. Others act on a whole deployment, such as cancelling all runs of
a status, and would disturb every other client of the shared one.

    start_deployment     the target once more, on databases of its own
    run_deployment       the same for a target that `make_target` has made otherwise
    reserve_databases    databases alone
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from onceproof.conformance.errors import StackError, TargetError, UsageError
from onceproof.conformance.history import Recorder
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import (
    SECOND_DEPLOYMENT,
    SERVICES,
    inconclusive,
    not_judged,
)
from onceproof.conformance.targets import EnvOf, Levers, Target, nothing_of_its_own
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.threads import Threads
from onceproof.conformance.witness import Sink

#: Numbered databases of a Redis as it is installed, without the first, which the target has.
REDIS_NUMBERS = 15

#: The numbers that no deployment has now, the one longest out of use first: a server may keep its
#: hold on a number for a while after its end.
_free = deque(range(1, REDIS_NUMBERS + 1))


@dataclass(frozen=True)
class Databases:
    """A database and a Redis number that no other deployment uses; the URIs are plain."""

    database_uri: str = ""
    redis_uri: str = ""
    number: int = 0

    @property
    def env(self) -> dict[str, str]:
        """The variables that name them; none for a target that brings its own state."""
        uris = {"DATABASE_URI": self.database_uri, "REDIS_URI": self.redis_uri}
        return {name: uri for name, uri in uris.items() if uri}


@dataclass
class Deployment:
    """A deployment that runs beside the target, and clients of it.

    `flaw` says why it did not start in the way that was asked for at first, if it did not.
    """

    target: Target
    levers: Levers
    api: Api
    runs: Runs
    databases: Databases
    flaw: str | None

    @property
    def names(self) -> list[str]:
        """All replicas."""
        return [replica.name for replica in self.target.replicas]

    @property
    def workers(self) -> list[str]:
        """The replicas that execute runs."""
        return [replica.name for replica in self.target.replicas if replica.role != "api"]


@asynccontextmanager
async def start_deployment(
    session: Session,
    env: Mapping[str, str],
    *,
    api_replicas: int = 1,
    worker_replicas: int | None = None,
    history: Recorder | None = None,
) -> AsyncIterator[Deployment]:
    """Start the target once more, with `env` and on databases of its own, and stop it at the end.

    Unless `worker_replicas` asks for more, one process does everything where that is known to
    work, since its start is most of what a deployment costs; otherwise one worker is started.

    Not judged for a target that is not ours to start, inconclusive for one that does not start with
    these settings. Without a stack of ours each process has to bring its own state: one that shows
    what the target holds is not a second deployment, and several of them are not one.
    """
    require_startable(session)
    if worker_replicas is None:
        worker_replicas = 0 if session.target.offers("all-in-one") else 1
    replicas = {"api_replicas": api_replicas, "worker_replicas": worker_replicas}
    about: dict[str, Any] = {"history": history, "what": _describe(env)}
    if session.stack.offers("databases"):
        async with reserve_databases(session) as databases:
            target = make_target(session, {**databases.env, **env}, **replicas)
            async with run_deployment(session, target, databases, **about) as deployment:
                yield deployment
        return
    if api_replicas > 1:
        not_judged(SERVICES)
    target = make_target(session, env, **replicas)
    async with run_deployment(session, target, Databases(), **about) as deployment:
        await _demand_apart(session.target, target)
        yield deployment


@asynccontextmanager
async def run_deployment(
    session: Session,
    target: Target,
    databases: Databases,
    *,
    fallback: Target | None = None,
    history: Recorder | None = None,
    sink: Sink | None = None,
    remembers_errors: bool = True,
    what: str = "a second deployment",
) -> AsyncIterator[Deployment]:
    """Start a target, or else its `fallback`, and stop it at the end; inconclusive if neither does.

    What its runs do stands in `history`, as do errors of its API if it `remembers_errors`.
    """
    history, flaw = history or session.history, None
    try:
        try:
            await asyncio.to_thread(target.start)
        except TargetError as error:
            if fallback is None:
                raise
            target, flaw = fallback, str(error)
            await asyncio.to_thread(target.start)
    except (StackError, TargetError, UsageError) as error:
        inconclusive(f"{what} did not start: {error}")
    try:
        shown = history if remembers_errors else None
        async with Api(target.urls, shown, guard=session.guard) as api:
            assert target.levers is not None, "a target that is started here has levers"
            runs = Runs(api, history, (sink or session.sink).url)
            yield Deployment(target, target.levers, api, runs, databases, flaw)
    finally:
        await asyncio.to_thread(target.stop)


def _describe(env: Mapping[str, str]) -> str:
    return "a second deployment" + (f" with {', '.join(env)}" if env else "")


async def _demand_apart(first: Target, second: Target) -> None:
    """Inconclusive where both show one thread: they have one state, and would meet in it."""
    async with Api(first.urls) as api, Threads(api) as threads, Api(second.urls) as other:
        thread_id = await threads.new()
        if (await other.get(f"/threads/{thread_id}")).is_success:
            inconclusive("a second deployment would share its state with the target")


def require_startable(session: Session) -> None:
    """Require a target that was started here: only such a one can be started once more."""
    if not session.target.offers("second-deployment"):
        not_judged(SECOND_DEPLOYMENT)


@asynccontextmanager
async def reserve_databases(session: Session) -> AsyncIterator[Databases]:
    """Provide a database and a Redis number during the block; inconclusive if none can be had."""
    with reserve_redis_number() as number:
        try:
            name = f"second_{uuid4().hex[:8]}"
            database_uri = await asyncio.to_thread(session.stack.add_database, name)
            redis_uri = session.stack.redis_number(number)
        except (StackError, UsageError) as error:
            inconclusive(f"a second deployment cannot have databases of its own: {error}")
        yield Databases(database_uri, redis_uri, number)


@contextmanager
def reserve_redis_number() -> Iterator[int]:
    """Provide a numbered database of the stack's Redis during the block."""
    if not _free:
        inconclusive(f"all {REDIS_NUMBERS} Redis numbers are in use by other deployments")
    number = _free.popleft()
    try:
        yield number
    finally:
        _free.append(number)


def make_target(
    session: Session,
    env: Mapping[str, str],
    env_of: EnvOf = nothing_of_its_own,
    /,
    **replicas: int,
) -> Target:
    """Return the target once more, not yet started, on the databases that `env` or `env_of` name.

    `api_replicas` and `worker_replicas` are one each by default.
    """
    folder = session.folder / "deployments" / uuid4().hex[:8]
    return session.make_target(
        folder,
        {**session.options.settings(folder), **env},
        env_of=env_of,
        counts=ReplicaCounts(replicas.get("api_replicas", 1), replicas.get("worker_replicas", 1)),
    )
