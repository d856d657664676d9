"""What a field certification is going to run: drawn from a seed, and said before it starts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random
from typing import Any, Literal

from onceproof.conformance.errors import UsageError
from onceproof.conformance.field.hands import FAULTS
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
    "reject": 4,
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
    "reject": "with four at once of which three are to be rejected",
    "rollback": "rolled back by a second run",
}


#: The first runs are the oracles', and so many more at most are for tests of the suite.
ORACLES, SUITE = 40, 40
#: Runs of the operator's inputs in all, where nobody bounds them.
MAX_RUNS = 140

#: Runs that meet one fault: two queued on a thread, and one alone.
STRUCK = 3


@dataclass(frozen=True)
class Situation:
    """One thread and what is done on it; `inputs` are the numbers of its inputs."""

    kind: Kind
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Strike:
    """One fault, and what is under way when it comes."""

    fault: str
    situations: tuple[Situation, ...]

    def __str__(self) -> str:
        return FAULTS[self.fault]


@dataclass(frozen=True)
class OwnLoad:
    """The load that is asked for: None `seconds` leave it open, and `files` hold what is sent."""

    seconds: int | None = None
    users: int = 16
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shares:
    """How many runs the oracles have, and how many the suite and the load at most."""

    oracles: int
    suite: int = 0
    load: int = 0

    def describe(self, load: str) -> str:
        """Say what is going to be run beside the oracles, "" if nothing is."""
        parts = [f"{self.suite} for tests that need any graph"] if self.suite else []
        parts += [f"{self.load} for the load ({load})"] if self.load else []
        return f"then at most {' and at most '.join(parts)}" if parts else ""


@dataclass(frozen=True)
class FieldPlan:
    """What is run of which graph, with what.

    `inputs` are dealt in turn, `answers` are for graphs that ask. No run may take longer than
    `deadline_s` seconds, and the suite beside them no longer than `suite_s`: None leaves it open.
    `beside` says what is going to be run besides what this plan draws. Where it is `strict`, a
    recommendation that is not met fails the certification.
    """

    assistant: str
    inputs: Sequence[Any]
    answers: Sequence[Any] = ()
    context: Json | None = None
    config: Json | None = None
    max_runs: int = MAX_RUNS
    seed: int = 0
    deadline_s: float = 300.0
    once_per_input: bool = False
    suite_s: float | None = None
    load: OwnLoad = OwnLoad()
    beside: str = ""
    strict: bool = False

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("--input holds no input: write one JSON value a line, or a list")

    def divide(self, *, suite: bool, load: bool) -> Shares:
        """Divide the runs: what the oracles leave is for the suite, and then for the load."""
        first = min(self.budget, ORACLES)
        rest = self.budget - first
        tests = min(SUITE, rest // 2 if load else rest) if suite else 0
        rest -= tests
        return Shares(first, tests, rest) if load else Shares(first + rest, tests)

    def draw(self, faults: Sequence[str] = ()) -> list[Situation]:
        """Draw the situations without a fault: each kind once, then more of those that serve the
        most oracles; runs that the faults need are left for them."""
        random = Random(self.seed)
        kinds: list[Kind] = []
        rest = self.budget - STRUCK * self._count_strikes(faults)
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

    def draw_strikes(self, faults: Sequence[str]) -> list[Strike]:
        """Draw the faults, of those that can be done, and the runs that meet them."""
        number = self._count_strikes(faults)
        dealt = self.budget - STRUCK * number
        strikes = []
        for fault in islice(cycle(faults), number):
            inputs = [n % len(self.inputs) for n in range(dealt, dealt + STRUCK)]
            queued = Situation("enqueue", (inputs[0], inputs[1]))
            strikes.append(Strike(fault, (queued, Situation("alone", (inputs[2],)))))
            dealt += STRUCK
        return strikes

    @property
    def budget(self) -> int:
        """How many runs there may be in all."""
        return min(self.max_runs, len(self.inputs)) if self.once_per_input else self.max_runs

    def _count_strikes(self, faults: Sequence[str]) -> int:
        """Each fault once, after each situation has come about once, and then half of the rest."""
        rest = self.budget - sum(FIRST.values())
        wanted = max(len(faults) * STRUCK, self.budget // 2)
        return max(0, min(rest, wanted)) // STRUCK if faults else 0

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


def describe_strikes(strikes: Sequence[Strike]) -> str:
    """Say in one sentence what is going to be broken, and how many runs meet it."""
    counts = Counter(each.fault for each in strikes)
    names = [FAULTS[f] + (f" ({n} times)" if n > 1 else "") for f, n in counts.items()]
    return f"then {STRUCK * len(strikes)} runs under {len(strikes)} faults: {', '.join(names)}"
