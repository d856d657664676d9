"""A node that raises what is not an `Exception` ends its own run, and nothing else."""

import pytest

from onceproof.conformance.faults import revive
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.runs import Runs

WAYS = [("exit", False), ("exit", True), ("interrupt", False), ("interrupt", True)]
WAYS += [("cancel", False)]


@requirement("QUE-28")
@pytest.mark.parametrize(
    "how, plain", WAYS, ids=[f"{how}{'-plain' if plain else ''}" for how, plain in WAYS]
)
async def test_a_node_that_exits_ends_its_run_alone(
    small: Small, small_runs: Runs, how: str, plain: bool
) -> None:
    down = [name for name in small.names if not small.levers.alive(name)]
    if down:
        inconclusive(f"{', '.join(down)} did not run before the test")
    thread_id = await small_runs.new_thread()
    try:
        async with small_runs.stream(thread_id, "exits", {"how": how, "plain": plain}) as sub:
            events = await sub.collect()
        status = await small_runs.until_terminal(sub.handle)
        down = [name for name in small.names if not small.levers.alive(name)]
    finally:
        revive(small.levers, small.names)
    same("processes that ended with the run", down, [])
    same("status", status, "error")
    attempts = {event.json().get("attempt") for event in events if event.name == "metadata"}
    same("attempts after the first", attempts - {None, 1}, set())
    handle, _ = await small_runs.wait(thread_id, "echo", {})
    same("status of the thread's next run", await small_runs.until_terminal(handle), "success")
