"""A thread of a thousand checkpoints."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed, read_history, read_state
from onceproof.conformance.suite.limits.speed import expect_no_slower, measure_medians
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

CHECKPOINTS = 1000
TIMES = 30


@requirement("LIM-08")
async def test_the_latest_state_is_read_as_fast_after_a_thousand_checkpoints(
    api: Api, runs: Runs, observe: Observed
) -> None:
    long, short = await create_long_thread(runs, CHECKPOINTS), await create_long_thread(runs, 10)
    same("checkpoints on the largest page", len(await read_history(api, long)), CHECKPOINTS)
    same("steps in the latest state", (await read_state(api, long))["values"]["i"], CHECKPOINTS)
    taken = await measure_medians(
        {"long": lambda: read_state(api, long), "short": lambda: read_state(api, short)}, TIMES
    )
    times = [f"{name}: {seconds * 1000:.1f} ms" for name, seconds in taken.items()]
    observe(f"state of a history that is {', '.join(times)}")
    expect_no_slower("the state of a thread of 1,000 checkpoints", taken["long"], taken["short"], 3)


async def create_long_thread(runs: Runs, steps: int) -> str:
    """Create a thread on which a graph looped until the recursion limit stopped it."""
    thread_id = await runs.new_thread()
    handle = await runs.create(thread_id, "loop", {}, config={"recursion_limit": steps})
    same("status of a run that never ends", await runs.until_terminal(handle, 60), "error")
    return thread_id
