"""Hands on the replicas that we started, the same for processes and for containers."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks.waiting import wait_for_start
from onceproof.conformance.targets.base import Replica
from onceproof.conformance.targets.health import Asker, client_for

_PROBE_S = 2.0
_EVERY_S = 0.1  # asking costs the starting servers the processor that they need


class Started(Protocol):
    """A replica of any kind that we start: all of it goes down, halts and ends together."""

    @property
    def replica(self) -> Replica: ...

    @property
    def name(self) -> str: ...

    def launch(self) -> None:
        """Start it, for the first time or again, without waiting for it."""

    def healthy(self, client: Asker) -> bool:
        """Return whether a health path answers; TargetError when it never will."""

    def overdue(self, wait_s: float) -> TargetError:
        """Return the error of one that never became healthy."""

    def alive(self) -> bool: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def ask(self) -> None: ...
    def wait(self, wait_s: float) -> int | None: ...
    def output(self) -> str: ...
    def pids(self) -> list[int]: ...

    def holds(self, pid: int | None, host: str | None) -> bool:
        """Return whether a process that calls itself and its machine so is of this replica."""


def wait_healthy(started: Iterable[Started], wait_s: float) -> None:
    """Return when all are healthy; TargetError for the first that cannot become so."""
    waiting = list(started)

    with client_for("http://127.0.0.1", _PROBE_S) as client:

        def all_up() -> bool:
            waiting[:] = [each for each in waiting if not each.healthy(client)]
            return not waiting

        if not wait_for_start(all_up, wait_s, _EVERY_S):
            raise waiting[0].overdue(wait_s)


class ReplicaLevers:
    """See `Levers`. All of them take along whatever a replica has started itself."""

    def __init__(self, started: Mapping[str, Started], wait_s: float) -> None:
        self._started = started
        self._wait_s = wait_s

    def has(self, lever: str) -> bool:
        return hasattr(self, lever)

    def kill(self, name: str) -> None:
        self._replica(name).kill()

    def pause(self, name: str) -> None:
        self._replica(name).pause()

    def resume(self, name: str) -> None:
        self._replica(name).resume()

    def terminate(self, name: str, wait_s: float) -> int | None:
        one = self._replica(name)
        one.ask()
        return one.wait(wait_s)

    def start(self, name: str) -> None:
        one = self._replica(name)
        if not one.alive():
            one.launch()
        wait_healthy([one], self._wait_s)

    def alive(self, name: str) -> bool:
        return self._replica(name).alive()

    def log(self, name: str) -> str:
        return self._replica(name).output()

    def owner(self, pid: int | None, host: str | None) -> str | None:
        return next((name for name, one in self._started.items() if one.holds(pid, host)), None)

    def pids(self, name: str) -> list[int]:
        return self._replica(name).pids()

    def _replica(self, name: str) -> Started:
        if name not in self._started:
            known = ", ".join(self._started) or "none, since it is not started"
            raise TargetError(f"the target has no replica {name!r}; it has {known}")
        return self._started[name]
