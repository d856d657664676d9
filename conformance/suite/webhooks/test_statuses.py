"""The status that a receiver gets for each way a run can end; for timeouts see test_policies."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.webhooks.calls import await_call
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink, WebhookReceiver


@requirement("WHK-03")
@pytest.mark.parametrize(
    ("graph", "status"), [("chain", "success"), ("hitl", "success"), ("fail", "error")]
)
async def test_a_run_that_ends_by_itself_is_told_with_its_status(
    runs: Runs, receiver: WebhookReceiver, graph: str, status: str
) -> None:
    """`hitl` stops at an interrupt: what waits for an answer then is the thread, not the run."""
    path = f"/{new_nonce()}"
    await runs.wait(await runs.new_thread(), graph, {}, webhook=receiver.url + path)
    same("status in the call", (await await_call(receiver, path, "WHK-03")).get("status"), status)


@requirement("WHK-03")
@pytest.mark.parametrize(
    ("action", "status"), [("interrupt", "interrupted"), ("rollback", "rollback")]
)
async def test_a_cancelled_run_is_told_as_interrupted_or_rolled_back(
    runs: Runs, sink: Sink, receiver: WebhookReceiver, action: str, status: str
) -> None:
    thread_id, path = await runs.new_thread(), f"/{new_nonce()}"
    async with hold_run(runs, sink, thread_id, webhook=receiver.url + path) as handle:
        expect(await runs.cancel(handle, action=action), 200, 202, 204)
        body = await await_call(receiver, path, "WHK-03")
    same("status in the call", body.get("status"), status)
    same("run_id in the call", body.get("run_id"), handle.run_id)
