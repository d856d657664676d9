"""How far the ratio of two noisy groups of runs can be trusted: a bootstrap. Pure.

Two things make figures differ that nobody has changed. Within a run, a slow second is followed by
another: so blocks of neighbouring windows are drawn, of about the cube root of their number. From
run to run, the machine is another one: its caches, its clock, its other users. What that amounts to
is drawn from repeats, if there are enough of them on both sides; else it is assumed as a `spread`
that was measured. The draws come from a fixed seed: the same documents give the same bounds.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import NormalDist, fmean
from typing import Generic, TypeVar

#: Probability that the true ratio lies within the bounds.
CONFIDENCE = 0.99
DRAWS = 1_000
#: Fewer windows than this say nothing about their noise.
FEWEST_WINDOWS = 6
#: With fewer repeats on either side their scatter says nothing about that of others.
FEWEST_REPEATS = 3
_SEED = 20_260_314

T = TypeVar("T")


@dataclass(frozen=True)
class Figures(Generic[T]):
    """The windows of each repeat of a run, and what sums up those of one; more than 0."""

    repeats: Sequence[Sequence[T]]
    measure: Callable[[Sequence[T]], float]

    def take_logarithms(self) -> list[float]:
        """Return the logarithm of each repeat's figure; ValueError if one measured nothing."""
        values = [self.measure(windows) for windows in self.repeats]
        if min(values) <= 0:
            raise ValueError("nothing was measured")
        return [math.log(value) for value in values]


@dataclass(frozen=True)
class Ratio:
    """New over old: the estimate, and the bounds that it keeps with `CONFIDENCE`."""

    estimate: float
    low: float
    high: float


def estimate_ratio(old: Figures[T], new: Figures[T], spread: float, bias: float = 0.0) -> Ratio:
    """Compute the figure of the new repeats over that of the old ones.

    `spread` is the standard deviation of the figure's logarithm from run to run, for groups that
    are too small to show it, and `bias` how far the circumstances of the two sides may have moved
    that logarithm. ValueError if a repeat has fewer than `FEWEST_WINDOWS`, or nothing in
    them.
    """
    every = [*old.repeats, *new.repeats]
    if not (old.repeats and new.repeats) or min(map(len, every)) < FEWEST_WINDOWS:
        raise ValueError(f"fewer than {FEWEST_WINDOWS} windows")
    before, after = old.take_logarithms(), new.take_logarithms()
    source = random.Random(_SEED)
    if min(len(before), len(after)) >= FEWEST_REPEATS:
        error = _find_error(before, after)
        margin = error and error * _draw_repeats(before, after, source)
    else:
        noise = math.hypot(_assume(old, spread, source), _assume(new, spread, source))
        margin = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * noise
    estimate, margin = fmean(after) - fmean(before), margin + bias
    return Ratio(*map(math.exp, (estimate, estimate - margin, estimate + margin)))


def _draw_repeats(old: Sequence[float], new: Sequence[float], source: random.Random) -> float:
    """How many standard errors a difference has by chance: both sides drawn from one pool.

    A few repeats often scatter less than many would, which each draw shares (bootstrap-t).
    """
    pool = [value - fmean(side) for side in (old, new) for value in side]

    def draw() -> float:
        one, other = source.choices(pool, k=len(old)), source.choices(pool, k=len(new))
        difference = abs(fmean(one) - fmean(other))
        if not difference:
            return 0.0
        error = _find_error(one, other)
        return difference / error if error else math.inf

    return sorted(draw() for _ in range(DRAWS))[round(CONFIDENCE * DRAWS) - 1]


def _find_error(old: Sequence[float], new: Sequence[float]) -> float:
    """The standard error of the difference of two means."""
    return math.sqrt(_find_variance(old) / len(old) + _find_variance(new) / len(new))


def _find_variance(values: Sequence[float]) -> float:
    """As `statistics.variance`, which is exact and takes fifty times as long."""
    mean = fmean(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _assume(figures: Figures[T], spread: float, source: random.Random) -> float:
    """The standard error of a side by the noise within its runs, and the assumed one between."""
    within = [_find_noise(windows, figures.measure, source) for windows in figures.repeats]
    number = len(within)
    return math.sqrt(sum(spread**2 + noise**2 for noise in within)) / number


def _find_noise(
    windows: Sequence[T], measure: Callable[[Sequence[T]], float], source: random.Random
) -> float:
    drawn = (measure(_draw_blocks(windows, source)) for _ in range(DRAWS // 4))
    return math.sqrt(_find_variance([math.log(max(value, 1e-9)) for value in drawn]))


def _draw_blocks(windows: Sequence[T], source: random.Random) -> list[T]:
    """As many windows as there were, in blocks that may run over the end to the beginning."""
    number, size = len(windows), max(1, round(len(windows) ** (1 / 3)))
    around = [*windows, *windows[:size]]
    starts = (int(source.random() * number) for _ in range(0, number, size))
    return list(chain.from_iterable(around[start : start + size] for start in starts))[:number]
