"""What a cancelled run leaves to others."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@requirement("CAN-18")
async def test_cancelling_a_run_lets_the_next_one_have_its_slot(alone: Runs, sink: Sink) -> None:
    first, second = await alone.new_thread(), await alone.new_thread()
    async with hold_run(alone, sink, first) as running:
        waiting = await alone.create(second, "chain", {})
        if await alone.status(waiting) != "pending" or sink.executions(waiting.nonce):
            inconclusive("the target executes two runs at once although it was given one slot")
        await alone.cancel(running)
        same("the next run", await alone.until_terminal(waiting, 10), "success")
    same("the cancelled run", await alone.until_terminal(running, 10), "interrupted")
