"""How far the ratio of two noisy series can be trusted: a bootstrap over repeats and blocks. Pure.

The windows of a load are not independent: a slow second is followed by another. So blocks of
neighbouring windows are drawn, not single ones, of about the cube root of their number; and where
there are repeats, repeats are drawn first, since runs differ by more than what is seen within one.
The draws come from a fixed seed: the same documents give the same bounds.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

#: Probability that the true ratio lies within the bounds.
CONFIDENCE = 0.99
DRAWS = 1_000
#: Fewer windows than this say nothing about their noise.
FEWEST_WINDOWS = 8
_SEED = 20_260_314

Series = Sequence[float]
Statistic = Callable[[Sequence[float]], float]


@dataclass(frozen=True)
class Ratio:
    """New over old: the estimate, and the bounds that it keeps with `CONFIDENCE`."""

    estimate: float
    low: float
    high: float


def estimate_ratio(old: Sequence[Series], new: Sequence[Series], measure: Statistic) -> Ratio:
    """Compute `measure` of the new repeats over that of the old ones; each repeat is a series.

    ValueError if a series has fewer than `FEWEST_WINDOWS`, or if the old measure is 0.
    """
    if not old or not new or min(map(len, (*old, *new))) < FEWEST_WINDOWS:
        raise ValueError(f"fewer than {FEWEST_WINDOWS} windows")
    base = _measure(old, measure)
    if base <= 0:
        raise ValueError("nothing was measured")
    source = random.Random(_SEED)
    drawn = sorted(
        _measure(_draw(new, source), measure) / max(_measure(_draw(old, source), measure), 1e-9)
        for _ in range(DRAWS)
    )
    edge = round((1 - CONFIDENCE) / 2 * DRAWS)
    return Ratio(_measure(new, measure) / base, drawn[edge], drawn[-1 - edge])


def _measure(repeats: Sequence[Series], measure: Statistic) -> float:
    return fmean(measure(series) for series in repeats)


def _draw(repeats: Sequence[Series], source: random.Random) -> list[list[float]]:
    chosen = source.choices(repeats, k=len(repeats))
    return [_draw_blocks(series, source) for series in chosen]


def _draw_blocks(series: Series, source: random.Random) -> list[float]:
    """As many windows as there were, in blocks that may run over the end to the beginning."""
    number, size = len(series), max(1, round(len(series) ** (1 / 3)))
    around = [*series, *series[:size]]
    drawn: list[float] = []
    while len(drawn) < number:
        start = int(source.random() * number)
        drawn += around[start : start + size]
    return drawn[:number]
