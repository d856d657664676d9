"""What a question about a target comes to: one line, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from onceproof.conformance.errors import UNAVAILABLE, USAGE


class Outcome(StrEnum):
    """OK is fine, a WARNING costs verdicts; nothing can be judged of what is UNREACHABLE, nor of
    what REFUSES us until an option is given or corrected."""

    OK = "ok"
    WARNING = "warning"
    UNREACHABLE = "unreachable"
    REFUSES = "refuses"


#: The exit status that an outcome ends with.
STATUSES = {Outcome.UNREACHABLE: UNAVAILABLE, Outcome.REFUSES: USAGE}


@dataclass(frozen=True)
class Finding:
    """One answer: `said` is what was seen, `advice` what to do, empty if nothing is to be done."""

    outcome: Outcome
    said: str
    advice: str = ""

    @property
    def is_last(self) -> bool:
        """Whether further questions are pointless."""
        return self.outcome in STATUSES

    @property
    def sentence(self) -> str:
        """What was seen, and what to do; after a question that is a sentence of its own."""
        if self.said.endswith("?"):
            return f"{self.said} {self.advice[:1].upper()}{self.advice[1:]}"
        return f"{self.said}; {self.advice}" if self.advice else self.said

    def line(self, name: str) -> str:
        """Return it as a line of a report."""
        return f"{self.outcome.value:<12}{name:<13}{self.sentence}"
