"""How long calls take, compared with others on the same machine at the same time."""

import time
from collections.abc import Awaitable, Callable, Mapping
from statistics import median

#: A machine that does other things too adds this much now and then, whatever is asked.
JITTER_S = 0.005

Call = Callable[[], Awaitable[object]]


async def seconds(call: Call) -> float:
    """How long one call takes."""
    began = time.monotonic()
    await call()
    return time.monotonic() - began


async def medians(calls: Mapping[str, Call], times: int) -> dict[str, float]:
    """The median seconds of each call; they are made in turn, so that a busy moment hits all."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(times):
        for name, call in calls.items():
            taken[name].append(await seconds(call))
    return {name: median(each) for name, each in taken.items()}


def no_slower(what: str, taken_s: float, before_s: float, factor: float) -> None:
    """It takes at most `factor` times as long."""
    __tracebackhide__ = True
    if taken_s > factor * before_s + JITTER_S:
        raise AssertionError(
            f"{what} takes {taken_s * 1000:.0f} ms instead of {before_s * 1000:.0f} ms, "
            f"but should take at most {factor:g} times as long"
        )
