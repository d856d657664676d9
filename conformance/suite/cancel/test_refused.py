"""Cancels that have nothing to cancel."""

from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_refusal, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.runs import Runs


@pytest.mark.parametrize("graph, status", [("chain", "success"), ("fail", "error")])
@pytest.mark.parametrize("action", ["interrupt", "rollback"])
@requirement("CAN-06")
async def test_a_finished_run_cannot_be_cancelled(
    runs: Runs, observe: Observed, graph: str, status: str, action: str
) -> None:
    handle, _ = await runs.wait(await runs.new_thread(), graph, {})
    response = await runs.cancel(handle, action=action)
    expect_refusal(response, 404, 409)
    observe(f"cancel of a finished run: {response.status_code}")
    same("status", await runs.status(handle), status)


@requirement("CAN-06")
async def test_an_interrupted_run_cannot_be_cancelled_again(runs: Runs) -> None:
    handle = await runs.create(await runs.new_thread(), "chain", {}, after_seconds=60)
    await runs.cancel(handle)
    same("status", await runs.until_terminal(handle), "interrupted")
    expect_refusal(await runs.cancel(handle), 404, 409)
    same("status", await runs.status(handle), "interrupted")


@pytest.mark.parametrize("wait", ["0", "1"])
@requirement("CAN-07")
async def test_cancelling_an_unknown_run_is_404(runs: Runs, wait: str) -> None:
    path = f"{runs_path(await runs.new_thread())}/{uuid4()}/cancel"
    expect_refusal(await runs.api.post(path, params={"wait": wait}), 404)


@requirement("CAN-07")
async def test_cancelling_a_run_of_another_thread_is_404(runs: Runs) -> None:
    handle = await runs.create(await runs.new_thread(), "chain", {}, after_seconds=60)
    path = f"{runs_path(await runs.new_thread())}/{handle.run_id}/cancel"
    expect_refusal(await runs.api.post(path), 404)
    same("status of the run", await runs.status(handle), "pending")
    await runs.cancel(handle)
    same("status of the run", await runs.until_terminal(handle), "interrupted")
