"""A deferred node waits for the longest of several branches."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_steps, lose_worker
from onceproof.conformance.suite.kit.reads import read_state
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs

BRANCHES = ["long1", "long2", "long3", "short"]
LAST_OF_THE_LONG, DEFERRED = 3, 4


def expect_it_last(session: Session, handle: RunHandle, values: dict[str, object]) -> None:
    """Expect that the deferred node ran once, when all branches had ended, and saw all of them."""
    counts = count_steps(session, handle.nonce)
    same("executions of the deferred node", counts.get(DEFERRED), 1)
    same("the step that began last", session.sink.executions(handle.nonce)[-1].step, DEFERRED)
    seen = values.get("seen")
    same("what the deferred node saw", sorted(seen) if isinstance(seen, list) else seen, BRANCHES)


@requirement("STA-37")
async def test_a_deferred_node_runs_once_after_the_longest_branch(
    runs: Runs, session: Session
) -> None:
    handle, values = await runs.wait(await runs.new_thread(), "deferred", {})
    expect_it_last(session, handle, values)


@requirement("STA-37")
async def test_a_deferred_node_waits_across_a_breakpoint(
    runs: Runs, api: Api, session: Session
) -> None:
    thread_id = await runs.new_thread()
    handle, _ = await runs.wait(thread_id, "deferred", {}, interrupt_before=["long3"])
    same("next", (await read_state(api, thread_id))["next"], ["long3"])
    same("executions before", count_steps(session, handle.nonce), {0: 1, 1: 1, 2: 1})
    try:
        _, values = await runs.wait(thread_id, "deferred", None)
    except RunRefused:
        inconclusive("the target refuses a run without input, which CAN-15 judges")
    expect_it_last(session, handle, values)


@requirement("STA-37")
@pytest.mark.usefixtures("levers")
async def test_a_deferred_node_waits_for_a_branch_that_lost_its_worker(
    runs: Runs, session: Session
) -> None:
    handle = await lose_worker(runs, session, "deferred", {}, step=LAST_OF_THE_LONG)
    expect_it_last(session, handle, await runs.join(handle))
    same("executions", count_steps(session, handle.nonce), {0: 1, 1: 1, 2: 1, 3: 2, 4: 1})
