"""The default stack: PostgreSQL and Redis as child processes, no engine and no root needed.

One folder holds everything and goes with `stop()`. A guard ends both servers and removes the
folder even when the harness is killed (see guard.py for how and why).
"""

import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks import binaries
from onceproof.conformance.stacks.guard import Guard
from onceproof.conformance.stacks.levers import StackLevers
from onceproof.conformance.stacks.managed import ManagedStack
from onceproof.conformance.stacks.servers import EmbeddedPostgres, EmbeddedRedis, Server


def _prepare(make: Callable[[], Path]) -> Path:
    try:
        return make()
    except OSError as error:
        raise StackError(
            f"the embedded stack could not prepare {error.filename}: {error.strerror}; choose "
            "another folder, or use --stack containers or --stack external"
        ) from error


class EmbeddedStack(ManagedStack):
    """PostgreSQL 16 and Redis in a private folder below `folder`, on free ports."""

    kind = "embedded"
    postgres_label = "the embedded PostgreSQL"
    redis_label = "the embedded Redis"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._guard: Guard | None = None
        self._servers: dict[str, Server] = {}

    def _open(self) -> None:
        program, package = binaries.redis_server(), binaries.postgres_package()
        account = binaries.unprivileged_account()
        home = _prepare(lambda: binaries.private_home(self._folder, account))
        self._guard = Guard(home, first=signal.SIGINT)
        redis = EmbeddedRedis(program, home, self._guard)
        self._servers["redis"] = redis
        redis.launch()  # comes up while initdb works
        install = _prepare(lambda: binaries.postgres_install(package, home, account))
        postgres = EmbeddedPostgres(install, home, self._guard, account)
        self._servers["postgres"] = postgres
        postgres.initialise()
        postgres.launch()
        redis.settle()
        postgres.settle()
        self.database_uri, self.redis_uri = postgres.uri, redis.uri

    def _close(self) -> None:
        with contextlib.ExitStack() as last:
            if self._guard is not None:
                last.callback(self._guard.dismiss)
            for server in self._servers.values():
                server.stop()
        self._servers.clear()  # in place: levers that are still held must find nothing
        self._guard = None

    def levers(self) -> StackLevers:
        return StackLevers(self._servers)
