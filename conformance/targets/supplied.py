"""Hands on replicas that somebody else runs, by levers that the operator supplies.

A lever is a callable that is given a replica's name and a time limit, and returns what it has to
say; `shell.ShellLever` makes one of a command line.

    kill, pause, resume, terminate, start   return when their effect holds; `terminate` may say the
                                            replica's exit status, last
    alive                                   fails when the replica is down; without it a replica is
                                            up unless it was ended here
    log                                     says what the replica has written
    pids                                    says the replica's processes on this machine
    host                                    says the replica's host name, if it is not its own name;
                                            then that tells processes apart, and `pids` does not
"""

import re
import socket
from collections.abc import Callable, Mapping, Sequence

from onceproof.conformance.errors import MissingLever, NeedsExclusive, TargetError
from onceproof.conformance.stacks.waiting import wait_for_start
from onceproof.conformance.targets.base import Replica
from onceproof.conformance.targets.health import client_for, health

Lever = Callable[[str, float], str | None]

#: What others would feel.
BREAKING = frozenset({"kill", "pause", "resume", "terminate", "start"})

LIMIT_S = 60.0
START_S = 90.0
_PROBE_S = 2.0
_EVERY_S = 0.1
_NUMBER = re.compile(r"-?\d+")


class SuppliedLevers:
    """See `Levers`. One that was not supplied is a MissingLever when it is asked for."""

    def __init__(
        self,
        levers: Mapping[str, Lever],
        replicas: Sequence[Replica],
        limit_s: float = LIMIT_S,
        *,
        withheld: str = "",
    ) -> None:
        """`limit_s` bounds each call of a lever; `withheld` says why none that breaks is pulled."""
        self._withheld = withheld
        self._levers = levers
        self._replicas = {replica.name: replica for replica in replicas}
        self._limit_s = limit_s
        self._ended: set[str] = set()
        self._paused: set[str] = set()

    def has(self, lever: str) -> bool:
        return lever in self._levers and not (self._withheld and lever in BREAKING)

    def kill(self, name: str) -> None:
        self._pull("kill", name)
        self._ended.add(name)
        self._paused.discard(name)

    def pause(self, name: str) -> None:
        self._pull("pause", name)
        self._paused.add(name)

    def resume(self, name: str) -> None:
        """Resume it; without effect on one that was not paused here."""
        if name in self._paused:
            self._pull("resume", name)
            self._paused.discard(name)

    def terminate(self, name: str, wait_s: float) -> int | None:
        """Return the status that the lever said last, else 0."""
        lever = self._lever("terminate", name)
        self._ended.add(name)
        try:
            output = lever(name, wait_s) or ""
        except TimeoutError:
            return None
        last = output.split()[-1:]
        return int(last[0]) if last and _NUMBER.fullmatch(last[0]) else 0

    def start(self, name: str) -> None:
        if name in self._ended or not self.alive(name):
            self._pull("start", name)
            self._ended.discard(name)
        self._wait_healthy(self._replicas[name])

    def alive(self, name: str) -> bool:
        if "alive" not in self._levers:
            self._require_replica(name)
            return name not in self._ended
        try:
            self._pull("alive", name)
        except TargetError:
            return False
        return True

    def log(self, name: str) -> str:
        return self._pull("log", name)

    def owner(self, pid: int | None, host: str | None) -> str | None:
        if "pids" in self._levers and "host" not in self._levers:
            here = host in (None, socket.gethostname())
            names = [name for name in self._replicas if here and pid in self.pids(name)]
        else:
            names = [name for name in self._replicas if host and host == self._host(name)]
        return names[0] if names else None

    def pids(self, name: str) -> list[int]:
        if "pids" not in self._levers:
            return []
        return [int(word) for word in self._pull("pids", name).split() if word.isdecimal()]

    def _host(self, name: str) -> str:
        return self._pull("host", name).strip() if "host" in self._levers else name

    def _pull(self, lever: str, name: str) -> str:
        try:
            return self._lever(lever, name)(name, self._limit_s) or ""
        except TimeoutError as error:
            raise TargetError(f"--lever {lever} of replica {name!r}: {error}") from error

    def _lever(self, lever: str, name: str) -> Lever:
        self._require_replica(name)
        if self._withheld and lever in BREAKING:
            raise NeedsExclusive(self._withheld)
        if lever not in self._levers:
            raise MissingLever(f"there is no lever {lever!r} on the target; give it with --lever")
        return self._levers[lever]

    def _require_replica(self, name: str) -> None:
        if name not in self._replicas:
            known = ", ".join(self._replicas)
            raise TargetError(f"the target has no replica {name!r}; it has {known}")

    def _wait_healthy(self, replica: Replica) -> None:
        url = replica.own_url
        if url is None:
            return
        with client_for(url, _PROBE_S) as client:
            if not wait_for_start(lambda: health(client, url) is None, START_S, _EVERY_S):
                raise TargetError(
                    f"replica {replica.name!r} is not healthy {START_S:g} s after --lever start: "
                    f"{health(client, url)}"
                )
