"""One replica that we started as a process: its port, and whether it is up."""

import socket
import time
from collections.abc import Sequence
from pathlib import Path

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks.child import Child, Surroundings
from onceproof.conformance.stacks.guard import Guard
from onceproof.conformance.stacks.ports import is_free
from onceproof.conformance.targets.base import Replica
from onceproof.conformance.targets.health import HEALTH_PATHS, Asker, health

# A process of ours that listens nowhere for so long is taken for a launcher: its server runs
# under an engine, out of our sight. Before that, whoever answers may be a stranger.
_LAUNCHER_S = 2.0
# One without HTTP is up when it has lived for so long: what is wrong with its settings or its stack
# shows by then, as an end.
_SETTLED_S = 1.0


class ReplicaProcess(Child):
    """A replica with its process; `port` is its own whether it serves an API or not.

    A replica without an address of its own serves no HTTP: it is up while its process lives.
    """

    def __init__(
        self,
        replica: Replica,
        port: int,
        argv: Sequence[str],
        *,
        log: Path,
        guard: Guard,
        inside: Surroundings,
        paths: Sequence[str] = HEALTH_PATHS,
        install: str | None = None,
    ) -> None:
        super().__init__(argv, log, guard, inside)
        self.replica = replica
        self.port = port
        self._paths = paths
        self._remedy = "correct --command or its environment"
        if install:
            self._remedy = f"if it is not installed, {install}, and put it first on the PATH"
        self._last_seen = ""
        self._launched = 0.0

    @property
    def name(self) -> str:
        return self.replica.name

    def launch(self) -> None:
        """Start the process without waiting for it."""
        # Some servers move on silently when their port is taken, and we would probe a stranger.
        if self.replica.own_url and not is_free(self.port):
            raise TargetError(
                f"port {self.port} of replica {self.name!r} was taken by another process; "
                "stop that process and try again"
            )
        self._launched = time.monotonic()
        try:
            self.start()
        except OSError as error:
            raise TargetError(
                f"replica {self.name!r} could not be started: {error.strerror}; "
                "check the program that --command names"
            ) from error

    def healthy(self, client: Asker) -> bool:
        """Return whether a health path answers and it is this process that answers.

        TargetError when it has exited, or listens elsewhere while a stranger answers.
        """
        if self.replica.own_url:
            self._last_seen = health(client, self.replica.own_url, self._paths) or ""
        if not self.alive():
            raise TargetError(
                f"replica {self.name!r} exited with status {self.status} before it was "
                f"healthy: {self.last_words()}; {self._remedy}"
            )
        if self.replica.own_url is None:
            return time.monotonic() - self._launched > _SETTLED_S
        if self._last_seen:
            return False
        ports = self.listening()
        if ports and self.port not in ports:
            raise self._wrong_port(ports)
        return bool(ports) or time.monotonic() - self._launched > _LAUNCHER_S

    def overdue(self, wait_s: float) -> TargetError:
        """Return the error of one that never became healthy."""
        ports = self.listening()
        if ports and self.port not in ports:
            return self._wrong_port(ports)
        return TargetError(
            f"replica {self.name!r} did not answer {' or '.join(self._paths)} on "
            f"{self.replica.own_url} within {wait_s:g} s ({self._last_seen}); "
            f"its last words: {self.last_words()}"
        )

    def _wrong_port(self, ports: set[int]) -> TargetError:
        found = ", ".join(map(str, sorted(ports)))
        return TargetError(
            f"replica {self.name!r} listens on port {found} instead of {self.port}; "
            "pass {port} to the option of --command that sets its port"
        )

    def holds(self, pid: int | None, host: str | None) -> bool:
        """Return whether a process is of its family, on this machine."""
        return pid is not None and host in (None, socket.gethostname()) and self.has(pid)
