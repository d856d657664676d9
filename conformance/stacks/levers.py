"""Hands on the servers of a stack, the same for child processes and for containers."""

from collections.abc import Mapping
from typing import Protocol

from onceproof.conformance.errors import UsageError


class Service(Protocol):
    """A server that keeps its address and its data through all of these."""

    def start(self) -> None: ...
    def restart(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def kill(self) -> None: ...
    def alive(self) -> bool: ...


class StackLevers:
    """Breaks and heals the services "postgres" and "redis" of a started stack.

    Each call returns when its effect holds: a started service answers, a killed one has no
    process left. PostgreSQL keeps what was committed. Redis keeps nothing on disk, so whatever
    ends it empties it.
    """

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = services

    def restart_postgres(self) -> None:
        """Stop PostgreSQL in good order, cutting its sessions, and start it again."""
        self._service("postgres").restart()

    def restart_redis(self) -> None:
        """Stop Redis and start it again, empty."""
        self._service("redis").restart()

    def pause(self, service: str) -> None:
        """Freeze every process of it: connections stay open and say nothing."""
        self._service(service).pause()

    def resume(self, service: str) -> None:
        """Let it run on after `pause`; without effect on one that is not paused."""
        self._service(service).resume()

    def kill(self, service: str) -> None:
        """Send SIGKILL to every process of it, paused or not."""
        self._service(service).kill()

    def start(self, service: str) -> None:
        """Start it again after `kill`; without effect on one that runs."""
        self._service(service).start()

    def alive(self, service: str) -> bool:
        """Return whether it has a process, paused or not."""
        return self._service(service).alive()

    def _service(self, name: str) -> Service:
        if name not in self._services:
            known = ", ".join(sorted(self._services)) or "none, since it is not started"
            raise UsageError(f"the stack has no service {name!r}; it has {known}")
        return self._services[name]
