"""Axes of a plot: where a value lies between two ends, and which values get a label.

Positions are percentages of the width or height, so that the drawing can be stretched to any
window while its labels keep their size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Tick:
    """A labelled position, in percent from the left or from the top."""

    at: float
    label: str


@dataclass(frozen=True)
class Scale:
    """Maps values between `low` and `high` to 0..100, by their logarithm if `log`."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return where `value` lies, in percent; values beyond an end lie on it."""
        inside = min(max(value, self.low), self.high)
        if self.log:
            part = math.log(inside / self.low) / math.log(self.high / self.low)
        else:
            part = (inside - self.low) / (self.high - self.low)
        return round(100 * part, 3)


def linear(values: Sequence[float], ticks: int = 4) -> tuple[Scale, list[float]]:
    """Return a scale from zero to a round number above all values, and the round values on it."""
    top = max([*values, 0.0]) or 1.0
    step = _round_up(top / ticks)
    high = step * math.ceil(top / step - 1e-9)
    return Scale(0.0, high), [step * i for i in range(round(high / step) + 1)]


def logarithmic(values: Sequence[float]) -> tuple[Scale, list[float]]:
    """Return a scale between round numbers around all values, and the round values on it."""
    known = [max(value, 0.01) for value in values] or [1.0]
    low, high = _round_down(min(known)), _round_up(max(known))
    if low == high:
        high = _round_up(low * 2)
    between = [value for value in _ladder(low, high) if low <= value <= high]
    decades = [value for value in between if _is_decade(value)]
    return Scale(low, high, log=True), decades if len(decades) >= 3 else between


def time_ticks(seconds: float, number: int = 5) -> list[float]:
    """Return about `number` round times from zero to `seconds`."""
    steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]
    step = next((step for step in steps if seconds / step <= number), steps[-1])
    return [step * float(i) for i in range(int(seconds / step) + 1)]


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((s * power for s in _STEPS if s * power >= value * (1 - 1e-9)), 10 * power)


def _round_down(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(s * power for s in _STEPS if s * power <= value * (1 + 1e-9))


def _ladder(low: float, high: float) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [step * 10.0**power for power in range(first, last + 1) for step in _STEPS]


def _is_decade(value: float) -> bool:
    return math.isclose(math.log10(value), round(math.log10(value)))
