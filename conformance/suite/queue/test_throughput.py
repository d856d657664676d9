"""Twice the workers finish twice as much, as long as nothing else is the limit."""

import asyncio
import time

from conformance.register.marker import requirement
from conformance.suite.expect import same
from conformance.suite.queue.scenes import all_end
from conformance.suite.reads import Observed
from conformance.suite.small import GRACE_S, SLOTS, WORKERS, Small
from conformance.wire.runs import Runs

#: Each run sleeps, so that slots and not the machine are what runs wait for.
SLEEP_MS = 600
ROUNDS = 4
RUNS = SLOTS * ROUNDS
#: Of the factor that the number of workers gives, for what is not sleeping.
SHARE = 0.7


@requirement("QUE-10")
async def test_two_workers_finish_about_twice_as_many_runs(
    small: Small, small_runs: Runs, observed: Observed
) -> None:
    assert small.levers.terminate(small.workers[-1], GRACE_S) == 0, "the worker did not stop"
    alone = await _per_second(small_runs)
    small.levers.start(small.workers[-1])
    together = await _per_second(small_runs)
    observed(f"{alone:.1f} runs per second with one worker, {together:.1f} with {WORKERS}")
    assert together > alone * WORKERS * SHARE, (
        f"{WORKERS} workers finish {together:.1f} runs per second and one finishes {alone:.1f}, "
        f"but should be about {WORKERS} times as many"
    )


async def _per_second(runs: Runs) -> float:
    threads = await asyncio.gather(*(runs.new_thread() for _ in range(RUNS)))
    began = time.monotonic()
    input = {"steps": 1, "sleep_ms": SLEEP_MS}
    handles = [await runs.create(thread_id, "chain", input) for thread_id in threads]
    same("statuses", set(await all_end(runs, handles, 60)), {"success"})
    return RUNS / (time.monotonic() - began)
