"""Twice the workers finish twice as much, as long as nothing else is the limit."""

import asyncio
import time

import psutil

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.small_deployment import (
    GRACE_S,
    MARGIN_S,
    SLOTS,
    WORKERS,
    Small,
)
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.wire.runs import Runs

#: Each run sleeps, so that slots and not the machine are what runs wait for.
SLEEP_MS = 600
ROUNDS = 4
RUNS = SLOTS * ROUNDS
#: Of the factor that the number of workers gives, for what is not sleeping.
SHARE = 0.7
#: Above this the machine had nothing left that a second worker could have used.
BUSY_PERCENT = 90


@requirement("QUE-10")
async def test_two_workers_finish_about_twice_as_many_runs(
    small: Small, small_runs: Runs, observe: Observed
) -> None:
    stopped = small.levers.terminate(small.workers[-1], GRACE_S + MARGIN_S)
    assert stopped is not None, f"the worker still runs {GRACE_S + MARGIN_S:g} s after SIGTERM"
    alone = await _per_second(small_runs)
    small.levers.start(small.workers[-1])
    psutil.cpu_percent()  # the next call is about the time since this one
    together = await _per_second(small_runs)
    busy_percent = psutil.cpu_percent()
    observe(f"{alone:.1f} runs per second with one worker, {together:.1f} with {WORKERS}")
    judge(alone, together, busy_percent)


def judge(alone: float, together: float, busy_percent: float) -> None:
    """Assert that the runs per second grew with the workers; inconclusive on a busy machine."""
    if together > alone * WORKERS * SHARE:
        return
    figures = (
        f"{WORKERS} workers finish {together:.1f} runs per second and one finishes {alone:.1f}"
    )
    if busy_percent > BUSY_PERCENT:
        inconclusive(f"{figures}, while the machine was {busy_percent:.0f} % busy")
    raise AssertionError(f"{figures}, but should be about {WORKERS} times as many")


async def _per_second(runs: Runs) -> float:
    threads = await asyncio.gather(*(runs.new_thread() for _ in range(RUNS)))
    began = time.monotonic()
    input = {"steps": 1, "sleep_ms": SLEEP_MS}
    handles = [await runs.create(thread_id, "chain", input) for thread_id in threads]
    same("statuses", set(await wait_for_ends(runs, handles, 60)), {"success"})
    return RUNS / (time.monotonic() - began)
