"""What a Postgres or a Redis says, as the answer to a question of the doctor."""

from collections.abc import Callable, Iterator
from typing import Protocol

from onceproof.conformance.errors import StackError
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.stack.flaw import Flaw


class Read(Protocol):
    """What was read of either."""

    def describe(self) -> str:
        """Return its version and size."""

    def flaws(self) -> Iterator[Flaw]:
        """Yield what is wrong."""


def ask_stack(read: Callable[[str], Read], uri: str) -> Finding:
    """Read the stack at the URI and return its flaws in one line; UsageError for a bad URI."""
    try:
        found = read(uri)
    except StackError as error:
        return Finding(Outcome.UNREACHABLE, str(error))
    flaws = list(found.flaws())
    if not flaws:
        return Finding(Outcome.OK, found.describe())
    said = "; ".join(f"{flaw.said} – {flaw.advice}" for flaw in flaws)
    return Finding(Outcome.WARNING, f"{found.describe()}: {said}")
