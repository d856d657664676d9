"""Intended starts: a process at rate one, stretched so that its rate is what each stage asks for.

The n-th point of the process lies where the integral of the rate reaches it. So one process serves
every shape: a staircase of Poisson arrivals is a Poisson process within each step, and the number
of arrivals does not depend on where the steps are cut.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

#: What an arrival asks for: a kind of run, or None for whatever the mix says.
Kind = str | None


@dataclass(frozen=True, order=True)
class Arrival:
    """A run that is to begin `at_s` seconds after the test does."""

    at_s: float
    kind: Kind = None


@dataclass(frozen=True)
class Stage:
    """So many arrivals a second for so long; `seconds` is None for the rest of the test."""

    rate_per_s: float
    seconds: float | None = None


#: Yields the points of a process of one arrival per unit, in growing order.
Process = Callable[[Random], Iterator[float]]


def space_evenly(_: Random) -> Iterator[float]:
    """Yield points at equal distances."""
    return map(float, count())


def draw_poisson(random: Random) -> Iterator[float]:
    """Yield points of a Poisson process: independent, exponentially distributed distances."""
    at = 0.0
    while True:
        at += random.expovariate(1.0)
        yield at


def gather(size: int) -> Process:
    """Return a process whose points come `size` at once."""

    def bursts(_: Random) -> Iterator[float]:
        return (float(number - number % size) for number in count())

    return bursts


def plan_arrivals(process: Process, stages: Sequence[Stage], seed: int) -> Iterator[Arrival]:
    """Yield the arrivals of all stages in order; without end if the last stage has none."""
    points, done = process(Random(seed)), 0.0
    point, began_s = next(points), 0.0
    for stage in stages:
        ends = None if stage.seconds is None else done + stage.rate_per_s * stage.seconds
        while stage.rate_per_s and (ends is None or point < ends):
            yield Arrival(began_s + (point - done) / stage.rate_per_s)
            point = next(points)
        if stage.seconds is None or ends is None:
            return
        done, began_s = ends, began_s + stage.seconds
