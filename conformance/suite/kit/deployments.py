"""A second deployment of the target with other settings, beside the one under certification.

Some promises show only under settings that no certification runs with as a whole: a run time of
two seconds, a single worker slot. Others act on a whole deployment, such as cancelling all runs of
a status, and would disturb every other client of the shared one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

from onceproof.conformance.errors import StackError, TargetError, UsageError
from onceproof.conformance.history import Recorder
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import EnvOf, Target, nothing_of_its_own
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.threads import Threads

#: Numbered databases of a Redis as it is installed, without the first, which the target has.
REDIS_NUMBERS = 15

#: Those that no deployment has now, the one longest out of use first: a server may keep its hold
#: on a number for a while after its end.
_free = deque(range(1, REDIS_NUMBERS + 1))


@asynccontextmanager
async def second_deployment(
    session: Session,
    *,
    env: Mapping[str, str],
    api_replicas: int = 1,
    worker_replicas: int | None = None,
) -> AsyncIterator[Target]:
    """The target once more, started with `env` on a database and a Redis number of its own.

    Unless `worker_replicas` asks for more the reference server does all in one process, since
    its start is most of what a deployment costs; of a command we only know that a worker works.

    A test that asks for one on a target that we do not start is inconclusive, as is one on a
    target that does not start under these settings. Without a stack of ours each process has to
    bring its own state: one that shows what the target holds is not a second deployment, and
    several of them are not one.
    """
    startable(session)
    if worker_replicas is None:
        worker_replicas = 0 if session.target.kind == "reference" else 1
    replicas = {"api_replicas": api_replicas, "worker_replicas": worker_replicas}
    if session.stack.kind == "none" and api_replicas > 1:
        inconclusive("without a stack of ours, several processes are no one deployment")
    with redis_number() as number:
        try:
            target = await asyncio.to_thread(_start, session, number, env, replicas)
        except (StackError, TargetError, UsageError) as error:
            inconclusive(f"a second deployment with {', '.join(env)} did not start: {error}")
        try:
            if session.stack.kind == "none":
                await _demand_apart(session.target, target)
            yield target
        finally:
            await asyncio.to_thread(target.stop)


async def _demand_apart(first: Target, second: Target) -> None:
    """Inconclusive where both show one thread: they have one state, and would meet in it."""
    async with Api(first.urls) as api, Threads(api) as threads, Api(second.urls) as other:
        thread_id = await threads.new()
        if (await other.get(f"/threads/{thread_id}")).is_success:
            inconclusive("a second deployment would share its state with the target")


def startable(session: Session) -> None:
    """Only a target that was started here can be started once more."""
    if session.target.kind == "url":
        inconclusive("a target of kind 'url' cannot be started a second time")


@asynccontextmanager
async def second_api(
    session: Session, env: Mapping[str, str], history: Recorder | None = None
) -> AsyncIterator[Api]:
    """A second deployment of one API and one worker, as its clients see it."""
    async with (
        second_deployment(session, env=env) as target,
        Api(target.urls, history or session.history) as api,
    ):
        yield api


@contextmanager
def redis_number() -> Iterator[int]:
    """A numbered database of the stack's Redis that nobody else uses during the block."""
    if not _free:
        inconclusive(f"all {REDIS_NUMBERS} Redis numbers are in use by other deployments")
    number = _free.popleft()
    try:
        yield number
    finally:
        _free.append(number)


def _start(
    session: Session, number: int, env: Mapping[str, str], replicas: Mapping[str, int]
) -> Target:
    target = another(session, {**_databases(session, number), **env}, **replicas)
    target.start()
    return target


def _databases(session: Session, number: int) -> dict[str, str]:
    if session.stack.kind == "none":
        return {}
    return {
        "DATABASE_URI": session.stack.add_database(f"second_{uuid4().hex[:8]}"),
        "REDIS_URI": session.stack.redis_number(number),
    }


def another(
    session: Session,
    env: Mapping[str, str],
    env_of: EnvOf = nothing_of_its_own,
    /,
    **replicas: int,
) -> Target:
    """The target once more, not yet started, on the databases that `env` or `env_of` name."""
    folder = session.folder / "deployments" / uuid4().hex[:8]
    return session.make_target(
        folder,
        {**session.options.settings(folder), **env},
        env_of=env_of,
        api_replicas=replicas.get("api_replicas", 1),
        worker_replicas=replicas.get("worker_replicas", 1),
    )
