"""What a field certification is going to run: drawn from a seed, and said before it starts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from onceproof.conformance.errors import UsageError
from onceproof.conformance.history.values import Json

Kind = Literal["alone", "turns", "enqueue", "cancel", "wait", "interrupt", "reject", "rollback"]

#: The first of each, by what it costs in runs; they come round again in this order.
FIRST: dict[Kind, int] = {
    "alone": 1,
    "turns": 2,
    "enqueue": 2,
    "cancel": 1,
    "wait": 1,
    "interrupt": 2,
    "reject": 2,
    "rollback": 2,
}
#: What is added once each has come about: plain runs and turns serve the most oracles.
MORE: Sequence[Kind] = ("alone", "alone", "turns", "enqueue", "wait")

WORDS: dict[Kind, str] = {
    "alone": "alone on a thread",
    "turns": "with a second turn",
    "enqueue": "with a second run enqueued",
    "cancel": "cancelled",
    "wait": "waited for",
    "interrupt": "interrupted by a second run",
    "reject": "with two at once of which one is to be rejected",
    "rollback": "rolled back by a second run",
}


@dataclass(frozen=True)
class Situation:
    """One thread and what is done on it; `inputs` are the numbers of its inputs."""

    kind: Kind
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class FieldPlan:
    """What is run of which graph, with what.

    `inputs` are dealt in turn, `answers` are for graphs that ask. No run may take longer than
    `deadline_s` seconds.
    """

    assistant: str
    inputs: Sequence[Any]
    answers: Sequence[Any] = ()
    context: Json | None = None
    config: Json | None = None
    max_runs: int = 40
    seed: int = 0
    deadline_s: float = 300.0
    once_per_input: bool = False

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("--input holds no input: write one JSON value a line, or a list")

    def draw(self) -> list[Situation]:
        """Draw the situations: each kind once, then more of those that serve the most oracles."""
        random = Random(self.seed)
        budget = min(self.max_runs, len(self.inputs)) if self.once_per_input else self.max_runs
        kinds: list[Kind] = []
        rest = budget
        for kind, cost in FIRST.items():
            if cost <= rest:
                kinds.append(kind)
                rest -= cost
        while rest > 0:
            kind = random.choice(MORE)
            kind = kind if FIRST[kind] <= rest else "alone"
            kinds.append(kind)
            rest -= FIRST[kind]
        return self._deal(kinds)

    def _deal(self, kinds: Sequence[Kind]) -> list[Situation]:
        dealt, situations = 0, []
        for kind in kinds:
            numbers = range(dealt, dealt + FIRST[kind])
            situations.append(Situation(kind, tuple(n % len(self.inputs) for n in numbers)))
            dealt += FIRST[kind]
        return situations

    def describe(self, situations: Sequence[Situation]) -> str:
        """Say in one sentence what is going to be run."""
        runs = sum(len(each.inputs) for each in situations)
        counts = Counter(each.kind for each in situations)
        parts = ", ".join(f"{counts[kind]} {WORDS[kind]}" for kind in FIRST if counts[kind])
        answers = ", and one more for each question" if self.answers else ""
        once = ", each input once" if self.once_per_input else ""
        return (
            f"about {runs} runs of '{self.assistant}' on {len(situations)} threads{answers}: "
            f"{parts}; {len(self.inputs)} inputs in turn{once}, seed {self.seed}"
        )
