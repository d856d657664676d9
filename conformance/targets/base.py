"""What every target promises: API addresses, replicas, an identity, and levers if it has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from onceproof.conformance.targets.capabilities import Capability

#: JSON data that says what was certified: versions, digests, addresses.
Facts = dict[str, Any]


@dataclass(frozen=True)
class Replica:
    """One process or address of a deployment.

    `role` is "api", "worker" or "all"; `url` is None for one that serves no API. `own_url` is where
    its health and metrics are, also those of a worker; None if only the deployment's are known.
    """

    name: str
    role: str
    url: str | None
    own_url: str | None = None


@dataclass(frozen=True)
class ReplicaCounts:
    """The number of replicas of either role.

    Without workers, or where nothing tells the roles apart, those with an API do everything.
    """

    api: int = 1
    workers: int = 1


ONE_OF_EACH = ReplicaCounts()


class Levers(Protocol):
    """Hands on the replicas of a target, by name; every call returns when its effect holds."""

    def has(self, lever: str) -> bool:
        """Return whether this lever is there, by the name of its method."""

    def kill(self, name: str) -> None:
        """Send SIGKILL; return when nothing of it is left."""

    def pause(self, name: str) -> None:
        """Send SIGSTOP."""

    def resume(self, name: str) -> None:
        """Send SIGCONT."""

    def terminate(self, name: str, wait_s: float) -> int | None:
        """Send SIGTERM; return the exit status, or None if it still runs after `wait_s` s."""

    def start(self, name: str) -> None:
        """Start it again with the same arguments and port, and wait until it is healthy."""

    def alive(self, name: str) -> bool:
        """Return whether it has a process, paused or not."""

    def log(self, name: str) -> str:
        """Return what it has written so far, over all its starts."""

    def owner(self, pid: int | None, host: str | None) -> str | None:
        """Return the replica that owns this process, or None.

        Both are as the process itself has them: in a container they are the container's.
        """

    def pids(self, name: str) -> list[int]:
        """Return the host PIDs of the replica's processes; empty if they are not visible from this
        host."""


class Target(Protocol):
    """A deployment under certification; addresses and replicas hold once it is started."""

    kind: str
    urls: list[str]
    replicas: list[Replica]
    levers: Levers | None

    def offers(self, capability: Capability) -> bool:
        """Return whether a test may count on this capability, see `targets.capabilities`."""

    def start_command(self, port: int, environ: Mapping[str, str]) -> list[str] | None:
        """Return the words that start one process on `port`; None where no command does that."""

    def start(self) -> None:
        """Return when every replica is healthy; raise TargetError or UsageError."""

    def stop(self) -> None:
        """Leave nothing that `start` made; without effect on one that is not started."""

    def identity(self) -> Facts:
        """Return what was certified, and how far that is known: `strength` is one of

        "verified" (we digested what we ran), "declared" (the user said what to run) and
        "observed" (we only saw how it answers).
        """


class Capable:
    """The `offers` of a target, by the `capabilities` of its kind and by whether it has levers."""

    kind = ""
    capabilities: frozenset[Capability] = frozenset()
    levers: Levers | None = None

    def offers(self, capability: Capability) -> bool:
        """Return whether a test may count on this capability, see `targets.capabilities`."""
        if capability == "levers":
            return self.levers is not None
        return capability in self.capabilities

    def start_command(self, port: int, environ: Mapping[str, str]) -> list[str] | None:
        """Return the words that start one process on `port`; None where no command does that."""
        return None
