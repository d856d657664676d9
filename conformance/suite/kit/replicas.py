"""The replicas of a target: which one to ask, which one runs a run, and restarting them all."""

import asyncio
from collections.abc import Sequence

from onceproof.conformance.errors import TargetError
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import HANDS, SECOND_REPLICA, inconclusive, not_judged
from onceproof.conformance.targets import Levers, Replica, Target
from onceproof.conformance.targets.health import HEALTH_PATHS
from onceproof.conformance.wire.client import Api
from onceproof.conformance.witness import Execution

STOP_S = 20.0
NOT_FOUND = 404


def require_two_replicas(api: Api) -> tuple[int, int]:
    """Return the places of two replicas, for `at=`; not judged on a target with one address."""
    if len(api.urls) < 2:
        not_judged(SECOND_REPLICA)
    return 0, 1


def find_worker(levers: Levers, execution: Execution) -> str:
    """Return the name of the replica that runs the execution."""
    name = levers.owner(execution.pid, execution.host)
    if name is None:
        inconclusive(
            f"process {execution.pid} on {execution.host} does not belong to a known replica"
        )
    return name


def find_replica_beside(session: Session, execution: Execution) -> Replica:
    """Return an API replica of the target other than the process of this execution."""
    levers = session.target.levers
    if levers is None:
        not_judged(HANDS)
    owner = levers.owner(execution.pid, execution.host)
    serving = [each for each in session.target.replicas if each.url in session.target.urls]
    beside = [replica for replica in serving if owner is not None and replica.name != owner]
    if not beside:
        not_judged(SECOND_REPLICA)
    return beside[0]


def health_paths(session: Session) -> Sequence[str]:
    """Return the health path of the target's profile, or those of the servers that are known."""
    named = session.options.profile.start.health
    return (named,) if named else HEALTH_PATHS


async def read_health(api: Api, session: Session, *, at: int = 0) -> int:
    """Return the status of the first health path that a replica knows; 404 if it knows none."""
    for path in health_paths(session):
        response = await api.get(path, at=at)
        if response.status_code != NOT_FOUND:
            return response.status_code
    return NOT_FOUND


async def restart_all(target: Target) -> None:
    """Stop every replica in good order and start it again; return when all are healthy.

    One that has not stopped after `STOP_S` seconds is killed; TargetError without levers.
    """
    await _restart(target, [replica.name for replica in target.replicas])


async def restart_api(target: Target) -> None:
    """Restart, as `restart_all` does, the replicas that serve the API."""
    await _restart(target, [each.name for each in target.replicas if each.role != "worker"])


async def _restart(target: Target, names: Sequence[str]) -> None:
    levers = target.levers
    if levers is None:
        raise TargetError(f"a target of kind {target.kind!r} has no levers to restart it with")
    await asyncio.gather(*(asyncio.to_thread(_stop, levers, name) for name in names))
    await asyncio.gather(*(asyncio.to_thread(levers.start, name) for name in names))


def _stop(levers: Levers, name: str) -> None:
    if levers.terminate(name, STOP_S) is None:
        levers.kill(name)
