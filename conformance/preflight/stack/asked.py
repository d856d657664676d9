"""What a Postgres or a Redis says, as answers to questions of the doctor."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from onceproof.conformance.errors import StackError
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.stack.flaw import Flaw
from onceproof.conformance.preflight.stack.postgres import Postgres, read_postgres
from onceproof.conformance.preflight.stack.redis import Redis, read_redis
from onceproof.conformance.preflight.stack.sharing import find_strangers


class Read(Protocol):
    """What was read of either."""

    def describe(self) -> str:
        """Return its version and size."""

    def flaws(self) -> Iterator[Flaw]:
        """Yield what is wrong."""


T = TypeVar("T", bound=Read)


def ask_stack(read: Callable[[str], T], uri: str) -> tuple[T | None, list[Finding]]:
    """Read the stack at the URI; return that, and a line for it and for each of its flaws.
    UsageError for a bad URI."""
    try:
        found = read(uri)
    except StackError as error:
        said, _, advice = str(error).rpartition("; ")
        return None, [Finding(Outcome.UNREACHABLE, said or advice, advice if said else "")]
    return found, [Finding(Outcome.OK, found.describe()), *warn(found.flaws())]


def warn(flaws: Iterable[Flaw]) -> list[Finding]:
    """Return each as a warning."""
    return [Finding(Outcome.WARNING, flaw.said, flaw.advice) for flaw in flaws]


def list_warnings(database_uri: str, redis_uri: str) -> Iterator[str]:
    """Yield a sentence for each flaw of these two, of which either may be "" if it is unknown."""
    postgres: Postgres | None = None
    redis: Redis | None = None
    findings: list[tuple[str, list[Finding]]] = []
    if database_uri:
        postgres, about = ask_stack(read_postgres, database_uri)
        findings.append(("Postgres", about))
    if redis_uri:
        redis, about = ask_stack(read_redis, redis_uri)
        findings.append(("Redis", about))
    if postgres and redis:
        findings.append(("Postgres and Redis", warn(find_strangers(postgres, redis))))
    for name, each in findings:
        yield from (f"{name}: {one.sentence}" for one in each if one.outcome is not Outcome.OK)
