"""What all kinds of stack share: start and stop, versions, names and numbers."""

import re
from typing import Self

from onceproof.conformance.errors import UsageError
from onceproof.conformance.stacks import probe, uris
from onceproof.conformance.stacks.kinds import STACKS, StackCapability
from onceproof.conformance.stacks.levers import StackLevers
from onceproof.conformance.stacks.owned import Owned

_DATABASE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class ManagedStack(Owned):
    """What all kinds share; a kind fills in `_open` and `_close`."""

    kind = "none"
    #: What a message calls the two servers: where a user looks to mend them.
    postgres_label = "PostgreSQL"
    redis_label = "Redis"

    def __init__(self) -> None:
        super().__init__()
        self.database_uri = ""
        self.redis_uri = ""
        self._versions: dict[str, str] = {}
        self._lent: StackLevers | None = None

    def _open(self) -> None:
        """Bring both servers to where they answer, and set both URIs."""

    def start(self) -> None:
        """Return when both servers answer; raise StackError, MissingExtra or UsageError."""
        self._own(self._begin, f"the {self.kind} stack")

    def _begin(self) -> None:
        self._open()
        self._versions = self._ask_versions()

    def _ask_versions(self) -> dict[str, str]:
        return {
            "postgres": probe.postgres_version(self.database_uri, self.postgres_label),
            "redis": probe.redis_version(self.redis_uri, self.redis_label),
        }

    def offers(self, capability: StackCapability) -> bool:
        """Return whether its kind has this capability, see `stacks.kinds`."""
        return capability in STACKS[self.kind].offers

    def describe(self) -> dict[str, str]:
        """Return the kind, and the versions that the servers themselves reported at start."""
        return {"kind": self.kind, **self._versions}

    def add_database(self, name: str) -> str:
        """Create an empty database beside the first one and return its URI."""
        if not _DATABASE_NAME.fullmatch(name):
            raise UsageError(
                f"database name {name!r} cannot be used; "
                "take up to 63 lower-case letters, digits and underscores"
            )
        probe.execute(self.database_uri, f'CREATE DATABASE "{name}"', self.postgres_label)
        return uris.with_database(self.database_uri, name)

    def redis_number(self, number: int) -> str:
        """Return the URI of another numbered database of the same Redis."""
        if number < 0:
            raise UsageError(f"Redis database number {number} cannot be used; take 0 or more")
        return uris.with_redis_number(self.redis_uri, number)

    def levers(self) -> StackLevers | None:
        """Return control over the servers, or None where they are not ours to break."""
        return self._lent

    def lend(self, levers: StackLevers) -> None:
        """Take levers on servers that are somebody's, who lets us break them."""
        self._lent = levers

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


class NoStack(ManagedStack):
    """For targets that bring their own servers: nothing to start, nothing to tell."""

    kind = "none"

    def _ask_versions(self) -> dict[str, str]:
        return {}

    def add_database(self, name: str) -> str:
        raise UsageError(f"stack 'none' has no PostgreSQL for {name!r}; choose another --stack")

    def redis_number(self, number: int) -> str:
        raise UsageError(f"stack 'none' has no Redis for number {number}; choose another --stack")
