"""One replica that we started: its process, its port, and whether it is up."""

import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from conformance.errors import TargetError
from conformance.stacks.child import Child
from conformance.stacks.ports import is_free
from conformance.stacks.waiting import abandoned, wait_until
from conformance.targets.base import Replica
from conformance.targets.health import HEALTH_PATHS, Asker, client_for, health

_PROBE_S = 2.0
_EVERY_S = 0.1  # asking costs the starting servers the processor that they need
# A process of ours that listens nowhere for so long is taken for a launcher: its server runs
# under an engine, out of our sight. Before that, whoever answers may be a stranger.
_LAUNCHER_S = 2.0


class ReplicaProcess:
    """A replica with its child process; `port` is its own whether it serves an API or not."""

    def __init__(
        self, replica: Replica, child: Child, port: int, paths: Sequence[str] = HEALTH_PATHS
    ) -> None:
        self.replica = replica
        self._paths = paths
        self.child = child
        self.port = port
        self._base = f"http://127.0.0.1:{port}"
        self._last_seen = ""
        self._launched = 0.0

    @property
    def name(self) -> str:
        return self.replica.name

    def launch(self) -> None:
        """Start the process without waiting for it."""
        # Some servers move on silently when their port is taken, and we would probe a stranger.
        if not is_free(self.port):
            raise TargetError(
                f"port {self.port} of replica {self.name!r} was taken by another process; "
                "stop that process and try again"
            )
        self._launched = time.monotonic()
        try:
            self.child.start()
        except OSError as error:
            raise TargetError(
                f"replica {self.name!r} could not be started: {error.strerror}; "
                "check the program that --command names"
            ) from error

    def healthy(self, client: Asker) -> bool:
        """Whether a health path answers and it is this process that answers.

        TargetError when it has exited, or listens elsewhere while a stranger answers.
        """
        self._last_seen = health(client, self._base, self._paths) or ""
        if not self.child.alive():
            raise TargetError(
                f"replica {self.name!r} exited with status {self.child.status} before it was "
                f"healthy: {self.child.last_words()}; correct --command or its environment"
            )
        if self._last_seen:
            return False
        ports = self.child.listening()
        if ports and self.port not in ports:
            raise self._moved(ports)
        return bool(ports) or time.monotonic() - self._launched > _LAUNCHER_S

    def overdue(self, wait_s: float) -> TargetError:
        """The error of one that never became healthy."""
        ports = self.child.listening()
        if ports and self.port not in ports:
            return self._moved(ports)
        return TargetError(
            f"replica {self.name!r} did not answer {' or '.join(self._paths)} on {self._base} "
            f"within {wait_s:g} s ({self._last_seen}); its last words: {self.child.last_words()}"
        )

    def _moved(self, ports: set[int]) -> TargetError:
        found = ", ".join(map(str, sorted(ports)))
        return TargetError(
            f"replica {self.name!r} listens on port {found} instead of {self.port}; "
            "pass {port} to the option of --command that sets its port"
        )


class Started(Protocol):
    """A replica of any kind that was started and is not yet up."""

    def healthy(self, client: Asker) -> bool: ...
    def overdue(self, wait_s: float) -> TargetError: ...


def wait_healthy(processes: Iterable[Started], wait_s: float) -> None:
    """Return when all are healthy; TargetError for the first that cannot become so."""
    waiting = list(processes)

    with client_for("http://127.0.0.1", _PROBE_S) as client:

        def all_up() -> bool:
            if abandoned.is_set():
                raise TargetError("the start was interrupted")
            waiting[:] = [process for process in waiting if not process.healthy(client)]
            return not waiting

        if not wait_until(all_up, wait_s, _EVERY_S):
            raise waiting[0].overdue(wait_s)


class ProcessLevers:
    """See `Levers`. Pause and kill take a replica's descendants along."""

    def __init__(self, processes: Mapping[str, ReplicaProcess], wait_s: float) -> None:
        self._processes = processes
        self._wait_s = wait_s

    def kill(self, name: str) -> None:
        self._process(name).child.kill()

    def pause(self, name: str) -> None:
        self._process(name).child.pause()

    def resume(self, name: str) -> None:
        self._process(name).child.resume()

    def terminate(self, name: str, wait_s: float) -> int | None:
        child = self._process(name).child
        child.ask()
        return child.wait(wait_s)

    def start(self, name: str) -> None:
        process = self._process(name)
        if not process.child.alive():
            process.launch()
        wait_healthy([process], self._wait_s)

    def alive(self, name: str) -> bool:
        return self._process(name).child.alive()

    def log(self, name: str) -> str:
        return self._process(name).child.output()

    def owner(self, pid: int | None, host: str | None) -> str | None:
        if pid is None or host not in (None, socket.gethostname()):
            return None
        return next((n for n, p in self._processes.items() if p.child.has(pid)), None)

    def pids(self, name: str) -> list[int]:
        return self._process(name).child.pids()

    def _process(self, name: str) -> ReplicaProcess:
        if name not in self._processes:
            known = ", ".join(self._processes) or "none, since it is not started"
            raise TargetError(f"the target has no replica {name!r}; it has {known}")
        return self._processes[name]
