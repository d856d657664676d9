"""Bracket the highest rate that keeps the levels.

A rate is doubled until it misses a level, and then the distance between the best that kept them and
the worst that missed is halved, on a logarithmic scale, until it is narrow. Each rate is decided by
the majority of its trials, since one trial in which somebody else used the machine would end the
search at a wrong place. A trial whose generator was the bottleneck says nothing about the server:
the search ends there, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt

#: So far apart the bracket may be in the end: a tenth.
NARROW = 1.1
MOST_TRIALS = 40


@dataclass(frozen=True)
class Outcome:
    """What a trial at one rate came to: `misses` are the levels that it missed, as sentences, and
    `doubts` why the generator, and not the server, may have missed them."""

    misses: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def is_kept(self) -> bool:
        """Whether all levels were kept; what was measured too high is not the generator's merit."""
        return not self.misses


@dataclass(frozen=True)
class Bracket:
    """The capacity lies between `kept_per_s` and `missed_per_s`; the latter is None if no rate that
    could be generated missed a level."""

    kept_per_s: float
    missed_per_s: float | None
    trials: list[tuple[float, Outcome]]
    reason: str

    @property
    def is_conclusive(self) -> bool:
        """Whether both ends were found."""
        return self.missed_per_s is not None and self.kept_per_s > 0


@dataclass
class Search:
    """Tries rates with `attempt`, `repeats` times each, from `first_per_s` up to `most_per_s`."""

    attempt: Callable[[float], Outcome]
    first_per_s: float = 5.0
    most_per_s: float = 2_000.0
    repeats: int = 3

    def __post_init__(self) -> None:
        self._trials: list[tuple[float, Outcome]] = []

    def find(self) -> Bracket:
        """Return the bracket."""
        kept, missed = 0.0, None
        rate = self.first_per_s
        while len(self._trials) < MOST_TRIALS:
            decided = self._decide(rate)
            if decided is None:
                return self._end(kept, missed, "the generator was the bottleneck")
            if decided:
                kept = rate
            else:
                missed = rate
            if missed is not None and (missed / max(kept, 0.001) <= NARROW or missed < 0.1):
                return self._end(kept, missed, "the bracket is narrow")
            if kept >= self.most_per_s:
                return self._end(kept, missed, "nobody asked for more")
            rate = self._choose(kept, missed)
        return self._end(kept, missed, f"{MOST_TRIALS} trials were made")

    def _choose(self, kept: float, missed: float | None) -> float:
        if missed is None:
            return min(2 * kept, self.most_per_s)
        return sqrt(kept * missed) if kept else missed / 2

    def _decide(self, rate: float) -> bool | None:
        """Whether most trials of a rate keep the levels; None if the generator cannot tell."""
        votes = {True: 0, False: 0}
        while max(votes.values()) <= self.repeats // 2:
            outcome = self.attempt(rate)
            self._trials.append((rate, outcome))
            if outcome.misses and outcome.doubts:
                return None
            votes[outcome.is_kept] += 1
        return votes[True] > votes[False]

    def _end(self, kept: float, missed: float | None, reason: str) -> Bracket:
        return Bracket(kept, missed, list(self._trials), reason)
