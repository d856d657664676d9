"""Stopping every process of a deployment in good order, and starting it again."""

import asyncio

from conformance.targets import Target

STOP_S = 20.0


async def restart_all(target: Target) -> None:
    """Return when all are healthy again; one that does not stop in time is killed."""
    names = [replica.name for replica in target.replicas]
    await asyncio.gather(*(asyncio.to_thread(_stop, target, name) for name in names))
    await asyncio.gather(*(asyncio.to_thread(_start, target, name) for name in names))


def _stop(target: Target, name: str) -> None:
    assert target.levers is not None, "a target that is started here has levers"
    if target.levers.terminate(name, STOP_S) is None:
        target.levers.kill(name)


def _start(target: Target, name: str) -> None:
    assert target.levers is not None, "a target that is started here has levers"
    target.levers.start(name)
