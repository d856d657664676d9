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


def kill_replica(
    session: Session,
    replica: str,
    nonces: Sequence[str] | None = None,
    *,
    levers: Levers | None = None,
    patience_s: float = 0.0,
) -> AbstractContextManager[None]:
    """Kill a replica (SIGKILL); start it again at the end of the block.

    The target's only worker is started again at once, as whatever watches over it would: nobody
    else could go on with its runs.
    """
    if levers is None and session.workers() == [replica]:
        return _kill_and_start(session, replica, nonces)
    own = levers or session.levers()
    return kill_all(session, own, [replica], nonces, patience_s=patience_s)


def _kill_and_start(
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


def kill_all(
    session: Session,
    levers: Levers,
    replicas: Sequence[str],
    nonces: Sequence[str] | None,
    *,
    patience_s: float = 0.0,
    wanted: Wanted = lambda: True,
) -> AbstractContextManager[None]:
    """Kill each (SIGKILL); if `wanted`, start all again, in parallel, at the end of the block.

    `patience_s` is for those that do not start because something else is broken, too.
    """

    urls = _client_urls(session, levers, replicas)

    def kill() -> None:
        session.away.update(urls)
        for replica in replicas:
            levers.kill(replica)

    def start() -> None:
        if wanted():
            revive(levers, replicas, patience_s=patience_s)
        session.away.difference_update(urls)

    return fault(
        session.history,
        "process-killed",
        inject=kill,
        heal=start,
        recovery_ms=session.recovery_ms,
        replica=replicas[0] if len(replicas) == 1 else None,
        nonces=nonces,
    )


def pause_replica(
    session: Session, replica: str, nonces: Sequence[str] | None = None
) -> AbstractContextManager[None]:
    """Pause a replica (SIGSTOP); resume it (SIGCONT) at the end of the block.

    Held longer than the lease this makes a zombie: a worker that has lost its run and does not
    know it, whose next write arrives as if nothing had happened.
    """
    levers = session.levers()
    urls = _client_urls(session, levers, [replica])

    def pause() -> None:
        session.away.update(urls)
        levers.pause(replica)

    def resume() -> None:
        levers.resume(replica)
        session.away.difference_update(urls)

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
def stop_replica(
    session: Session,
    levers: Levers,
    replica: str,
    nonces: Sequence[str] | None,
    *,
    wait_s: float,
    patience_s: float = 0.0,
    wanted: Wanted = lambda: True,
) -> Iterator[Future[int | None]]:
    """Stop a replica (one SIGTERM); start it again at the end of the block, ended or not.

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


def _client_urls(session: Session, levers: Levers, replicas: Sequence[str]) -> set[str]:
    """Return what clients of the session's own target must avoid until these are back."""
    if levers is not session.target.levers:
        return set()
    return {each.url for each in session.target.replicas if each.name in replicas and each.url}


def revive(levers: Levers, replicas: Sequence[str], *, patience_s: float = 0.0) -> None:
    """Start those that are down, side by side, and return when all are healthy.

    One that cannot be started is tried again for `patience_s` seconds, then TargetError.
    """
    down = [replica for replica in replicas if not levers.alive(replica)]
    with ThreadPoolExecutor(max(1, len(down))) as starting:
        list(starting.map(lambda replica: _start(levers, replica, patience_s), down))


def _start(levers: Levers, replica: str, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return levers.start(replica)
        except TargetError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_AGAIN_S)
