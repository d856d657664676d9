"""A node that lets nothing else run is slow, and not dead."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.exclusive import STALLS, touches_others
from onceproof.conformance.suite.kit.recovery import longer_than_a_lease_s, recovery_s
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@touches_others(STALLS)
@requirement("QUE-22")
async def test_a_node_that_blocks_the_event_loop_longer_than_the_lease_is_executed_once(
    runs: Runs, sink: Sink, session: Session
) -> None:
    seconds = longer_than_a_lease_s(session)
    handle = await runs.create(await runs.new_thread(), "block", {"seconds": seconds})
    status = await runs.until_terminal(handle, seconds + recovery_s(session) + 20)
    same("executions", len(sink.executions(handle.nonce)), 1)
    same("status", status, "success")
