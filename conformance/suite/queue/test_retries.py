"""A retry policy of a node is its graph's own affair."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_steps
from onceproof.conformance.suite.kit.streams import payloads, stream_run
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent

NODES = ["after", "before", "beside", "shaky"]


def attempts_after_the_first(events: list[SseEvent]) -> set[int]:
    """Return the numbers of later attempts that the stream shows."""
    shown = {metadata.get("attempt") for metadata in payloads(events, "metadata")}
    return {attempt for attempt in shown if attempt not in (None, 1)}


@requirement("QUE-32")
async def test_a_node_that_succeeds_at_its_third_try_costs_no_attempt(
    runs: Runs, session: Session
) -> None:
    handle, events = await stream_run(runs, "retries", {"failures": 2}, stream_mode="values")
    same("status", await runs.until_terminal(handle), "success")
    same("executions", count_steps(session, handle.nonce), {0: 1, 1: 3, 2: 1, 3: 1})
    same("errors on the stream", payloads(events, "error"), [])
    same("attempts after the first", attempts_after_the_first(events), set())
    same("nodes that have returned", sorted(payloads(events, "values")[-1]["log"]), NODES)


@requirement("QUE-32")
async def test_a_node_that_fails_at_every_try_ends_the_run_once(
    runs: Runs, session: Session
) -> None:
    handle, events = await stream_run(runs, "retries", {"failures": 9}, stream_mode="values")
    same("status", await runs.until_terminal(handle), "error")
    same("executions", count_steps(session, handle.nonce), {0: 1, 1: 3, 2: 1})
    same("errors on the stream", len(payloads(events, "error")), 1)
    same("attempts after the first", attempts_after_the_first(events), set())
