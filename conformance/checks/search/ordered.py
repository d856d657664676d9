"""Keys that are judged each by itself, by the search for an order that explains its operations."""

from dataclasses import dataclass, field

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.search.linearize import BUDGET, Found, Op


@dataclass
class Ordered:
    """Counts the keys that were judged, and names those that the search gave up."""

    judged: int = 0
    given_up: list[str] = field(default_factory=list)

    def find_offender(self, key: str, found: Found) -> Op | None:
        """Return the operation of `key` that fits in no order, or None if there is an order."""
        self.judged += 1
        if found.legal is None:
            self.given_up.append(key)
        return found.stuck

    def result(self, notes: Notebook, nothing: str, **counts: int) -> CheckResult:
        """Close the notebook; a key that was given up is open, never passed."""
        names = ", ".join(self.given_up[:3])
        reason = f"given up after {BUDGET} steps: {names}" if self.given_up else None
        return notes.result(judged=self.judged, nothing=nothing, open_reason=reason, **counts)
