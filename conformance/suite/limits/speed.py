"""How long calls take, compared with others on the same machine at the same time."""

import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median

#: A machine that also does other things adds up to this much now and then.
JITTER_S = 0.005

Call = Callable[[], Awaitable[object]]


async def time_call(call: Call) -> float:
    """Return how many seconds one call takes."""
    began = time.monotonic()
    await call()
    return time.monotonic() - began


async def measure_medians(calls: Mapping[str, Call], times: int) -> dict[str, float]:
    """Measure the median seconds of each call; calls take turns, so a busy moment delays all."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            taken[name].append(await time_call(call))
    return {name: median(each) for name, each in taken.items()}


def expect_no_slower(what: str, taken_s: float, before_s: float, factor: float) -> None:
    """Assert that it takes at most `factor` times as long as before."""
    __tracebackhide__ = True
    if taken_s > factor * before_s + JITTER_S:
        raise AssertionError(
            f"{what} takes {taken_s * 1000:.0f} ms instead of {before_s * 1000:.0f} ms, "
            f"but should take at most {factor:g} times as long"
        )
