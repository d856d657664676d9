"""Faults of a target's own processes: a crash, a stall longer than the lease, an orderly stop.

Each takes `levers` of another deployment than the session's, and then needs `nonces`: replicas of
two deployments bear the same names, and a fault of one excuses nothing in the other.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

from conformance.faults.record import fault
from conformance.session import Session
from conformance.targets import Levers


def killed(
    session: Session,
    replica: str,
    nonces: Sequence[str] | None = None,
    *,
    levers: Levers | None = None,
) -> AbstractContextManager[None]:
    """SIGKILL; started again at the end of the block."""
    return all_killed(session, levers or session.levers(), [replica], nonces)


def all_killed(
    session: Session, levers: Levers, replicas: Sequence[str], nonces: Sequence[str] | None
) -> AbstractContextManager[None]:
    """SIGKILL for each; started again, side by side, at the end of the block."""

    def kill() -> None:
        _gone(session, levers, replicas)
        for replica in replicas:
            levers.kill(replica)

    def start() -> None:
        revive(levers, replicas)
        _back(session)

    return fault(
        session.history,
        "process-killed",
        inject=kill,
        heal=start,
        recovery_ms=session.recovery_ms,
        replica=replicas[0] if len(replicas) == 1 else None,
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

    def pause() -> None:
        _gone(session, levers, [replica])
        levers.pause(replica)

    def resume() -> None:
        levers.resume(replica)
        _back(session)

    return fault(
        session.history,
        "process-paused",
        inject=pause,
        heal=resume,
        recovery_ms=session.recovery_ms,
        replica=replica,
        nonces=nonces,
    )


@contextmanager
def stopping(
    session: Session, levers: Levers, replica: str, nonces: Sequence[str], *, wait_s: float
) -> Iterator[Future[int | None]]:
    """SIGTERM, once; started again at the end of the block, whether it has ended by then or not.

    Gives the exit status to come: None if the process still runs after `wait_s` seconds.
    """
    with ThreadPoolExecutor(1) as waiting:
        ended: list[Future[int | None]] = []

        def ask() -> None:
            ended.append(waiting.submit(levers.terminate, replica, wait_s))

        def start_again() -> None:
            if not ended[0].done():
                levers.kill(replica)
            revive(levers, [replica])

        with fault(
            session.history,
            "process-stopped",
            inject=ask,
            heal=start_again,
            recovery_ms=session.recovery_ms,
            replica=replica,
            nonces=nonces,
        ):
            yield ended[0]


def _gone(session: Session, levers: Levers, replicas: Sequence[str]) -> None:
    """Clients of the session's own target pass these over until they are back."""
    if levers is session.target.levers:
        urls = {each.url for each in session.target.replicas if each.name in replicas}
        session.away.update(url for url in urls if url is not None)


def _back(session: Session) -> None:
    session.away.clear()


def revive(levers: Levers, replicas: Sequence[str]) -> None:
    """Start those that are down, side by side, and return when all are healthy."""
    down = [replica for replica in replicas if not levers.alive(replica)]
    with ThreadPoolExecutor(max(1, len(down))) as starting:
        list(starting.map(levers.start, down))
