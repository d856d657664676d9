"""Faults of a target's own processes: a crash, and a stall longer than the lease."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from conformance.faults.record import fault
from conformance.session import Session


def killed(
    session: Session, replica: str, nonces: Sequence[str] | None = None
) -> AbstractContextManager[None]:
    """SIGKILL; started again at the end of the block."""
    levers = session.levers()
    return fault(
        session.history,
        "process-killed",
        inject=lambda: levers.kill(replica),
        heal=lambda: levers.start(replica),
        recovery_ms=session.recovery_ms,
        replica=replica,
        nonces=nonces,
    )


def paused(
    session: Session, replica: str, nonces: Sequence[str] | None = None
) -> AbstractContextManager[None]:
    """SIGSTOP; SIGCONT at the end of the block.

    Held longer than the lease this makes a zombie: a worker that has lost its run and does not
    know it, whose next write arrives as if nothing had happened.
    """
    levers = session.levers()
    return fault(
        session.history,
        "process-paused",
        inject=lambda: levers.pause(replica),
        heal=lambda: levers.resume(replica),
        recovery_ms=session.recovery_ms,
        replica=replica,
        nonces=nonces,
    )
