"""The user's own PostgreSQL and Redis, given by URI: checked, never broken, left as found."""

import contextlib
from collections.abc import Mapping

from onceproof.conformance.errors import StackError, UsageError
from onceproof.conformance.stacks import probe
from onceproof.conformance.stacks.managed import ManagedStack

DATABASE_VARIABLES = ("DATABASE_URI", "POSTGRES_URI")
REDIS_VARIABLES = ("REDIS_URI",)


def find_variable(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """Return the first of these variables that is set and not empty."""
    return next((name for name in names if environ.get(name)), None)


class ExternalStack(ManagedStack):
    """DATABASE_URI (or POSTGRES_URI) and REDIS_URI, exactly as the environment has them."""

    kind = "external"

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__()
        self._environ = environ
        self._added: list[str] = []

    def _open(self) -> None:
        self.postgres_label, self.database_uri = self._take(DATABASE_VARIABLES)
        self.redis_label, self.redis_uri = self._take(REDIS_VARIABLES)

    def _take(self, names: tuple[str, ...]) -> tuple[str, str]:
        name = find_variable(names, self._environ)
        if name is None:
            raise UsageError(
                f"--stack external needs {' or '.join(names)} in the environment; "
                "set it, or use --stack embedded"
            )
        return name, self._environ[name]

    def add_database(self, name: str) -> str:
        uri = super().add_database(name)
        self._added.append(name)
        return uri

    def _close(self) -> None:
        """Drop the databases that were added: the server is somebody's, and goes on living."""
        for name in self._added:
            # A server that is gone, or no longer lets us in, has nothing of ours to drop.
            with contextlib.suppress(StackError):
                statement = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
                probe.execute(self.database_uri, statement, self.postgres_label)
        self._added.clear()


class ObservedStack(ExternalStack):
    """What a target stands on that runs already: either of the two may be unknown to us.

    It lets a test read and empty what the target has in Redis, and a report name the versions.
    """

    def _open(self) -> None:
        if find_variable(DATABASE_VARIABLES, self._environ):
            self.postgres_label, self.database_uri = self._take(DATABASE_VARIABLES)
        if find_variable(REDIS_VARIABLES, self._environ):
            self.redis_label, self.redis_uri = self._take(REDIS_VARIABLES)
        if not (self.database_uri or self.redis_uri):
            raise UsageError(
                "--stack external with --url needs --database-uri or --redis-uri, or their "
                "variables; without both drop it"
            )

    def _ask_versions(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.database_uri:
            found["postgres"] = probe.postgres_version(self.database_uri, self.postgres_label)
        if self.redis_uri:
            found["redis"] = probe.redis_version(self.redis_uri, self.redis_label)
        return found
