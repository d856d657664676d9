"""How fast the checks are: records/s at growing sizes, and the exponent of the growth.

    python tests/checks/bench_checks.py [largest power of ten, default 6]

An exponent near 1 means linear. The history is the simulated one, made longer by more plain runs
and watched streams; times are CPU seconds, of the checks alone.
"""

import math
import sys
import time
from collections.abc import Sequence

from scenario import simulate

from conformance.checks import CHECKS, Check
from conformance.history import Record

RECORDS_PER_RUN = 137  # what one more plain run with one more watched stream adds, about


def seconds(check: Check, history: list[Record]) -> float:
    """CPU seconds of one check."""
    start = time.process_time()
    check(history)
    return time.process_time() - start


def exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """The slope of the line through the points in log-log scale."""
    xs, ys = [math.log(size) for size in sizes], [math.log(each) for each in times]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    covariance = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return covariance / sum((a - x) ** 2 for a in xs)


def main(largest: int) -> None:
    names = [*CHECKS, "all"]
    times: dict[str, list[float]] = {name: [] for name in names}
    sizes = []
    for power in (each / 2 for each in range(8, 2 * largest + 1)):
        history = simulate(1, plain=max(1, int(10**power / RECORDS_PER_RUN)))
        sizes.append(len(history))
        for name, check in CHECKS.items():
            times[name].append(seconds(check, history))
        times["all"].append(sum(times[name][-1] for name in CHECKS))
    print(f"{'records/s':22}" + "".join(f"{size:>12,}" for size in sizes) + "    exponent")
    for name in names:
        rates = "".join(
            f"{size / each:>12,.0f}" for size, each in zip(sizes, times[name], strict=True)
        )
        print(f"{name:22}{rates}{exponent(sizes, times[name]):>12.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
