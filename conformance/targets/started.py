"""What both kinds of deployment share that we start ourselves: replicas on a stack, and their life.

All replicas start side by side, and the target is up when each is healthy. Whatever fails until
then, all of them are stopped.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks import Stack
from onceproof.conformance.stacks.owned import Owned
from onceproof.conformance.targets.base import Capable, Facts, Levers, Replica
from onceproof.conformance.targets.health import client_for, document, version_of
from onceproof.conformance.targets.levers import ReplicaLevers, Started, wait_healthy

_INFO_S = 5.0

R = TypeVar("R", bound=Started)


class StartedTarget(Capable, Owned, Generic[R]):
    """Replicas of the given names and roles; a kind fills in how they are made, begun and ended."""

    strength = "declared"
    error = TargetError

    def __init__(
        self,
        stack: Stack,
        folder: Path,
        names: Sequence[tuple[str, str]],
        *,
        start_s: float,
        stop_s: float,
    ) -> None:
        super().__init__()
        self._stack = stack
        self._logs = folder / "logs"
        self._names = names
        self._start_s, self._stop_s = start_s, stop_s
        self._started: dict[str, R] = {}
        self._facts: Facts = {}
        self.urls: list[str] = []
        self.replicas: list[Replica] = []
        self.levers: Levers | None = None

    def _make_replicas(self) -> Iterable[R]:
        """All replicas, none of them running; sets what is known of the program as `_facts`."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Start all without waiting for them."""
        for one in self._started.values():
            one.launch()

    def _end(self) -> None:
        """End all, in good order at first and by force after `stop_s` seconds."""
        raise NotImplementedError

    def _describe_program(self) -> Facts:
        """What the identity says of what was to be started."""
        raise NotImplementedError

    def start(self) -> None:
        """Start all replicas side by side and return when each is healthy."""
        self.launch()
        with self._or_stop():
            wait_healthy(self._started.values(), self._start_s)
            self._facts["version"] = self._read_version()

    def launch(self) -> None:
        """Start all replicas without waiting for them."""
        self._own(self._launch, "the target")

    def _launch(self) -> None:
        self._started.update({one.name: one for one in self._make_replicas()})
        self._logs.mkdir(parents=True, exist_ok=True)
        self.replicas = [one.replica for one in self._started.values()]
        self.urls = [replica.url for replica in self.replicas if replica.url is not None]
        self.levers = ReplicaLevers(self._started, self._start_s)
        self._begin()

    def _close(self) -> None:
        self._end()
        self._started.clear()  # in place: levers that are still held must find nothing

    def _read_version(self) -> str | None:
        with client_for(self.urls[0], _INFO_S) as client:
            return version_of(document(client, f"{self.urls[0]}/info"))

    def identity(self) -> Facts:
        """Return what was started, in how many replicas of each role, and what is known of it."""
        roles = [role for _, role in self._names]
        return {
            "kind": self.kind,
            **self._describe_program(),
            "replicas": {role: roles.count(role) for role in sorted(set(roles))},
            "version": None,
            "strength": self.strength,
            **self._facts,
        }

    def _addresses(self) -> dict[str, str]:
        """The addresses of the stack, for the server's environment."""
        uris = {"DATABASE_URI": self._stack.database_uri, "REDIS_URI": self._stack.redis_uri}
        return {name: uri for name, uri in uris.items() if uri}
