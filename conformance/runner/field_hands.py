"""What a field certification can break: the target's processes by its levers, and our own stack."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from random import Random

from onceproof.conformance.faults import (
    kill_replica,
    kill_service,
    pause_replica,
    restart_postgres,
    restart_redis,
    stop_replica,
)
from onceproof.conformance.field.hands import FAULTS
from onceproof.conformance.field.words import STOPPED
from onceproof.conformance.session import Session
from onceproof.conformance.targets.base import Replica

#: How long what was broken stays so, and what is added to a lease.
AWAY_S, BEYOND_S = 1.0, 1.5
#: A process that is asked to end has so long for it.
END_S = 30.0
#: A replica that does not start at once is tried again for so long.
PATIENCE_S = 60.0

UNTIMED = "how soon a run goes on: name a --target-profile that has the target's timings"

#: The levers that a fault of processes takes.
NEEDS = {
    "worker-killed": ("kill", "start"),
    "worker-stalled": ("pause", "resume"),
    "worker-ended": ("terminate", "start"),
    "api-killed": ("kill", "start"),
}


class SessionHands:
    """See `conformance.field.hands.Hands`: the hands of a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.lease_ms = _find_lease(session)
        reasons = {fault: self._find_lack(fault) for fault in FAULTS}
        self.faults: Sequence[str] = [fault for fault, reason in reasons.items() if reason is None]
        lacks = [f"{FAULTS[f]}: {reason}" for f, reason in reasons.items() if reason]
        self.lacks: Sequence[str] = lacks if self.lease_ms else [*lacks, UNTIMED]
        self._leading, self._over = ExitStack(), threading.Event()
        self._striking = threading.Lock()
        self._begin: Callable[[], None] = lambda: None

    def aim(self, fault: str, dice: Random) -> None:
        """Choose the process; while other workers are paused, runs go to the one that is hit."""
        workers = self._list("worker", "all")
        chosen = dice.choice(workers) if workers else None
        act = _ACTS[fault]
        self._begin = lambda: act(self, chosen.name if chosen else "")
        if fault == "api-killed":
            # The one that the runs are created on, and followed from.
            first = next(each for each in self._session.target.replicas if each.url)
            self._begin = lambda: act(self, first.name)
        elif fault in NEEDS and chosen is not None:
            self._lead_to(chosen, workers)

    def strike(self) -> None:
        """Break it, wait as long as the fault lasts, and mend it."""
        with self._striking:
            self._begin()

    def leave(self) -> None:
        """Restore at once what is still broken."""
        self._over.set()
        self._leading.close()
        with self._striking:
            self._over.clear()

    def kill(self, replica: str) -> None:
        """Kill a replica, and start it again."""
        with kill_replica(self._session, replica, patience_s=PATIENCE_S):
            self._rest(AWAY_S)

    def stall(self, worker: str) -> None:
        """Pause a worker until another has taken its runs over, and let it go on."""
        with pause_replica(self._session, worker):
            self._rest(self._beyond_lease_s)

    def end(self, worker: str) -> None:
        """Ask a worker to end, and start it again when it has."""
        levers = self._session.levers()
        with stop_replica(
            self._session, levers, worker, None, wait_s=END_S, patience_s=PATIENCE_S
        ) as ended:
            ended.add_done_callback(self._note_end)
            self._leading.close()
            ended.exception(END_S + BEYOND_S)

    def restart_redis(self, replica: str) -> None:
        """Restart Redis, which loses what it held."""
        with restart_redis(self._session):
            pass

    def take_redis_away(self, replica: str) -> None:
        """Kill Redis for longer than a lease."""
        with kill_service(self._session, "redis"):
            self._rest(self._beyond_lease_s)

    def restart_postgres(self, replica: str) -> None:
        """Restart Postgres, which cuts every connection to it."""
        with restart_postgres(self._session):
            pass

    @property
    def _beyond_lease_s(self) -> float:
        options = self._session.options
        return (options.lease_ms + 2 * options.sweep_ms) / 1000 + BEYOND_S

    def _rest(self, seconds: float) -> None:
        """Let the others work now that it is broken, and wait."""
        self._leading.close()
        self._over.wait(seconds)

    def _note_end(self, ended: "Future[int | None]") -> None:
        if ended.exception() is None and ended.result() is not None:
            self._session.history.add("mark", STOPPED, who="faults", value={})

    def _lead_to(self, chosen: Replica, workers: list[Replica]) -> None:
        if chosen.role != "worker" or self._find_lack("worker-stalled"):
            return  # a process that serves an API, too, is needed meanwhile
        for other in workers:
            if other is not chosen:
                self._leading.enter_context(pause_replica(self._session, other.name))

    def _list(self, *roles: str) -> list[Replica]:
        return [each for each in self._session.target.replicas if each.role in roles]

    def _find_lack(self, fault: str) -> str | None:
        """Return why this cannot be done and what would make it possible; None if it can be."""
        if fault not in NEEDS:
            if self._session.stack.levers() is not None:
                return None
            return "onceproof did not start them: take --stack embedded or --levers"
        levers = self._session.target.levers
        if levers is not None and not self._session.options.is_exclusive:
            return "give --exclusive, if nobody else uses the target"
        missing = [each for each in NEEDS[fault] if levers is None or not levers.has(each)]
        if missing:
            return "give " + " and ".join(f"--lever {each}" for each in missing)
        if fault == "api-killed":
            apart = "its API processes are its workers: name workers with --worker"
            return None if self._list("api") else apart
        return None if self._list("worker", "all") else "name workers with --worker"


def _find_lease(session: Session) -> int | None:
    """What runs already has timings of its own, which its profile knows or nobody."""
    options = session.options
    return options.lease_ms if options.target_profile or not options.urls else None


_ACTS: dict[str, Callable[[SessionHands, str], None]] = {
    "worker-killed": SessionHands.kill,
    "worker-stalled": SessionHands.stall,
    "worker-ended": SessionHands.end,
    "api-killed": SessionHands.kill,
    "redis-restarted": SessionHands.restart_redis,
    "redis-gone": SessionHands.take_redis_away,
    "postgres-restarted": SessionHands.restart_postgres,
}
