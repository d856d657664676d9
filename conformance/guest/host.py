"""Which guest this process is, see the package's docstring.

One at a time in a process, as the way in is (`conformance.access`), and for the same reason: parts
that ask here, and are not handed it one by one, cannot forget it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.guest.budget import Budget
from onceproof.conformance.guest.journal import Journal
from onceproof.conformance.guest.mark import Mark

#: Variables that describe a guest to a process of its own, such as Locust's.
MARK, JOURNAL = "ONCEPROOF_MARK", "ONCEPROOF_JOURNAL"
RATE, RATE_FILE = "ONCEPROOF_MAX_RATE", "ONCEPROOF_RATE_FILE"


@dataclass(frozen=True)
class Guest:
    """What is made carries `mark`, or is noted in `journal`; None: it is not. No `budget`: no
    limit. An `exclusive` one may touch what others made, since there are no others."""

    mark: Mark | None = None
    journal: Journal | None = None
    budget: Budget | None = None
    exclusive: bool = True

    def as_environment(self) -> dict[str, str]:
        """Return variables from which another process makes the same guest."""
        named: dict[str, str] = {}
        if self.mark:
            named[MARK] = self.mark.run_id
        if self.journal:
            named[JOURNAL] = str(self.journal.path)
        if self.budget:
            named |= {RATE: f"{self.budget.rate:g}", RATE_FILE: str(self.budget.path)}
        return named


_current = Guest()


def current_guest() -> Guest:
    """Return the guest that this process is."""
    return _current


def set_guest(guest: Guest) -> Guest:
    """Make this process that guest from now on; return the one before."""
    global _current
    before, _current = _current, guest
    return before


@contextmanager
def use_guest(guest: Guest) -> Iterator[Guest]:
    """Make this process that guest inside the block."""
    before = set_guest(guest)
    try:
        yield guest
    finally:
        set_guest(before)


def guest_of_environment(environ: Mapping[str, str]) -> Guest:
    """Return the guest that the ONCEPROOF_ variables describe, with a new mark if none has one."""
    mark, journal = environ.get(MARK), environ.get(JOURNAL)
    rate, file = environ.get(RATE), environ.get(RATE_FILE)
    return Guest(
        Mark(mark) if mark else Mark(),
        Journal(Path(journal)) if journal else None,
        Budget(float(rate), Path(file)) if rate and file else None,
    )
