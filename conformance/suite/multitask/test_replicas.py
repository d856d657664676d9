"""Double texting through several replicas."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import read_ledger
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Strategy of the newcomer: status of the earlier run, and its steps that remain in the state.
OUTCOMES = {
    "enqueue": ("success", [0, 1, 2]),
    "interrupt": ("interrupted", [0]),
    "rollback": (None, []),
}


@pytest.mark.parametrize("strategy", list(OUTCOMES))
@requirement("MUL-11")
async def test_a_strategy_works_when_the_newcomer_asks_another_replica(
    runs: Runs, sink: Sink, strategy: str
) -> None:
    here, there = require_two_replicas(runs.api)
    status, steps = OUTCOMES[strategy]
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1, at=here) as earlier:
        newcomer = await runs.create(
            thread_id, "chain", {"steps": 1}, at=there, multitask_strategy=strategy
        )
        if strategy == "enqueue":
            sink.release(earlier.nonce)
        same("status of the earlier run", await runs.until_terminal(earlier), status)
    same("status of the new run", await runs.until_terminal(newcomer), "success")
    log = await read_ledger(runs.api, thread_id)
    same("the log", log, [*((earlier.nonce, i) for i in steps), (newcomer.nonce, 0)])
    assert await runs.final_snapshot([earlier, newcomer]), "not every run has ended"


@requirement("MUL-11")
async def test_reject_knows_of_a_run_that_another_replica_accepted(runs: Runs, sink: Sink) -> None:
    here, there = require_two_replicas(runs.api)
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, at=here) as earlier:
        with pytest.raises(RunRefused) as refusal:
            await runs.create(thread_id, "chain", {}, at=there, multitask_strategy="reject")
        same("answer to reject", refusal.value.status, 409)
    same("status of the earlier run", await runs.until_terminal(earlier), "success")
