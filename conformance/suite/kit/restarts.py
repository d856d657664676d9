"""Stopping every process of a deployment in good order, and starting it again."""

import asyncio
from collections.abc import Sequence

from onceproof.conformance.targets import Target

STOP_S = 20.0


async def restart_all(target: Target) -> None:
    """Return when all are healthy again; one that does not stop in time is killed."""
    await _restart(target, [replica.name for replica in target.replicas])


async def restart_api(target: Target) -> None:
    """As `restart_all`, for those that clients can reach."""
    await _restart(target, [replica.name for replica in target.replicas if replica.url])


async def _restart(target: Target, names: Sequence[str]) -> None:
    await asyncio.gather(*(asyncio.to_thread(_stop, target, name) for name in names))
    await asyncio.gather(*(asyncio.to_thread(_start, target, name) for name in names))


def _stop(target: Target, name: str) -> None:
    assert target.levers is not None, "a target that is started here has levers"
    if target.levers.terminate(name, STOP_S) is None:
        target.levers.kill(name)


def _start(target: Target, name: str) -> None:
    assert target.levers is not None, "a target that is started here has levers"
    target.levers.start(name)
