"""A run that exceeds the deployment's time limit, and the status of its thread."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.ghosts import expect_no_ghosts
from onceproof.conformance.suite.kit.reads import read_thread_status
from onceproof.conformance.wire.runs import Runs


@requirement("THR-14", "THR-16")
async def test_a_run_that_times_out_leaves_its_thread_in_error(hasty: Runs) -> None:
    thread_id = await hasty.new_thread()
    handle = await hasty.create(thread_id, "slow", {"seconds": 60})
    same("the run", await hasty.until_terminal(handle), "timeout")
    same("the thread", await read_thread_status(hasty.api, thread_id), "error")
    await expect_no_ghosts(hasty.api, [thread_id])
