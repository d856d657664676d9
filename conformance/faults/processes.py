"""Faults of a target's own processes: a crash, a stall longer than the lease, an orderly stop.

Each takes `levers` of another deployment than the session's, and then needs `nonces`: replicas of
two deployments bear the same names, and a fault of one excuses nothing in the other.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

from onceproof.conformance.errors import TargetError
from onceproof.conformance.faults.record import fault
from onceproof.conformance.session import Session
from onceproof.conformance.targets import Levers

#: Asked at the end of a fault: whether anybody still needs what it ended.
Wanted = Callable[[], bool]

#: Between two attempts to start a replica: a server that cannot start says so within a second.
_AGAIN_S = 0.5


def killed(
    session: Session,
    replica: str,
    nonces: Sequence[str] | None = None,
    *,
    levers: Levers | None = None,
    patience_s: float = 0.0,
) -> AbstractContextManager[None]:
    """SIGKILL; started again at the end of the block.

    The target's only worker is started again at once, as whatever watches over it would: nobody
    else could go on with its runs.
    """
    if levers is None and session.workers() == [replica]:
        return _restarted(session, replica, nonces)
    own = levers or session.levers()
    return all_killed(session, own, [replica], nonces, patience_s=patience_s)


def _restarted(
    session: Session, replica: str, nonces: Sequence[str] | None
) -> AbstractContextManager[None]:
    levers = session.levers()

    def kill_and_start() -> None:
        levers.kill(replica)
        levers.start(replica)

    return fault(
        session.history,
        "process-killed",
        inject=kill_and_start,
        heal=lambda: revive(levers, [replica]),
        recovery_ms=session.recovery_ms,
        replica=replica,
        nonces=nonces,
    )


def all_killed(
    session: Session,
    levers: Levers,
    replicas: Sequence[str],
    nonces: Sequence[str] | None,
    *,
    patience_s: float = 0.0,
    wanted: Wanted = lambda: True,
) -> AbstractContextManager[None]:
    """SIGKILL for each; started again, side by side, at the end of the block if they are `wanted`.

    `patience_s` is for those that do not start because something else is broken, too.
    """

    def kill() -> None:
        _gone(session, levers, replicas)
        for replica in replicas:
            levers.kill(replica)

    def start() -> None:
        if wanted():
            revive(levers, replicas, patience_s=patience_s)
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
    session: Session,
    levers: Levers,
    replica: str,
    nonces: Sequence[str] | None,
    *,
    wait_s: float,
    patience_s: float = 0.0,
    wanted: Wanted = lambda: True,
) -> Iterator[Future[int | None]]:
    """SIGTERM, once; at the end of the block, whether it has ended by then or not, started again.

    Not started if it is not `wanted` any more. Gives the exit status to come: None if the process
    still runs after `wait_s` seconds.
    """
    with ThreadPoolExecutor(1) as waiting:
        ended: list[Future[int | None]] = []

        def ask() -> None:
            ended.append(waiting.submit(levers.terminate, replica, wait_s))

        def start_again() -> None:
            # One that was given up is killed, too: it may have stopped listening for good.
            if not ended[0].done() or ended[0].result() is None:
                levers.kill(replica)
            if wanted():
                revive(levers, [replica], patience_s=patience_s)

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


def revive(levers: Levers, replicas: Sequence[str], *, patience_s: float = 0.0) -> None:
    """Start those that are down, side by side, and return when all are healthy.

    One that cannot be started is tried again for `patience_s` seconds, then TargetError.
    """
    down = [replica for replica in replicas if not levers.alive(replica)]
    with ThreadPoolExecutor(max(1, len(down))) as starting:
        list(starting.map(lambda replica: _started(levers, replica, patience_s), down))


def _started(levers: Levers, replica: str, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return levers.start(replica)
        except TargetError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_AGAIN_S)
