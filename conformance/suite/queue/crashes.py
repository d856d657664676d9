"""Runs that end the process that executes them, in the small deployment."""

import asyncio
import time
from contextlib import AbstractContextManager

import pytest

from onceproof.conformance.faults import fault, revive
from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.reads import read_status
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs


def let_crash(session: Session, small: Small, nonces: list[str]) -> AbstractContextManager[None]:
    """Let these runs end processes of the deployment in the block; all are up again after it."""
    return fault(
        session.history,
        "process-crashed",
        inject=lambda: None,
        heal=lambda: revive(small.levers, small.names),
        recovery_ms=session.recovery_ms,
        nonces=nonces,
    )


async def see_through(small: Small, runs: Runs, handle: RunHandle, limit_s: float) -> list[str]:
    """See a run through, starting again what died meanwhile; returns what that was."""
    deadline, deaths = time.monotonic() + limit_s, []
    while (status := await read_status(runs, handle)) not in TERMINAL:
        if status is None or time.monotonic() > deadline:
            pytest.fail(f"the run is {status or 'gone'} after {limit_s:g} s")
        deaths += [name for name in small.workers if not small.levers.alive(name)]
        await asyncio.to_thread(revive, small.levers, small.workers)
        await asyncio.sleep(0.1)
    return deaths
