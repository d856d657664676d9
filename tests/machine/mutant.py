"""One change at one place of one file, made by an operator; what became of it; and the sample."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """A file of the checkout with one place changed.

    `place` counts the places of the file at which the operator could have been applied, so path,
    operator and place name the mutant for ever, as long as the file is the same.
    """

    path: str
    operator: str
    place: int
    line: int
    before: str
    after: str
    text: str

    @property
    def name(self) -> str:
        """The name under which its record is kept."""
        return f"{self.path}:{self.operator}:{self.place}"

    @property
    def module(self) -> str:
        """The name under which the mutated file is imported, if it is a module."""
        return "onceproof." + self.path.removesuffix(".py").replace("/", ".")


def make_mutant(path: str, operator: str, place: int, texts: tuple[str, str]) -> Mutant:
    """Return the mutant that turns the first of the two texts into the second."""
    old, new = (text.splitlines() for text in texts)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    before = "\n".join(old[same : len(old) - tail])
    after = "\n".join(new[same : len(new) - tail])
    return Mutant(path, operator, place, same + 1, before, after, texts[1])


def sample(mutants: Sequence[Mutant], seed: int, count: int) -> list[Mutant]:
    """Return `count` of the mutants in an order that the seed alone decides; all if there are less.

    The first n of a larger sample are the sample of n, so a sample can be extended.
    """
    shuffled = sorted(mutants, key=lambda one: one.name)
    random.Random(seed).shuffle(shuffled)
    return shuffled[:count]
