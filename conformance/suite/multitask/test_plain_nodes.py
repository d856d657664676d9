"""A node that is a plain function cannot be cancelled, and yet does not act beside the next run."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink, WitnessTimeout

#: How long the node goes on after its run was stopped: a call that does not hear of it.
GOES_ON_S = 3.0


@requirement("MUL-14")
@pytest.mark.parametrize("way", ["interrupt", "rollback", "cancel"])
async def test_a_plain_node_of_a_stopped_run_does_not_act_beside_the_next_run(
    runs: Runs, sink: Sink, way: str
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink) as nonce:
        stopped = await runs.create(thread_id, "plain", {}, nonce=nonce)
        await sink.async_wait_for(nonce, "begin")
        following = await _follow(runs, stopped, way)
        begun = await _begins(sink, following)
    same("status of the next run", await runs.until_terminal(following), "success")
    if begun:
        await _returns(sink, nonce)
        effects = [one.effects for one in sink.executions(nonce)]
        same("effects of the stopped run's node beside the next run", effects, [[]])


async def _follow(runs: Runs, stopped: RunHandle, way: str) -> RunHandle:
    body: dict[str, Any] = {} if way == "cancel" else {"multitask_strategy": way}
    if way == "cancel":
        await runs.cancel(stopped)
    return await runs.create(stopped.thread_id, "chain", {"steps": 1}, **body)


async def _begins(sink: Sink, handle: RunHandle) -> bool:
    """Whether the run begins while the node of the other one goes on."""
    try:
        await sink.async_wait_for(handle.nonce, "begin", timeout_s=GOES_ON_S)
    except WitnessTimeout:
        return False
    return True


async def _returns(sink: Sink, nonce: str) -> None:
    """Wait until the node has returned; one that was stopped for good never does."""
    try:
        await sink.async_wait_for(nonce, "end", timeout_s=GOES_ON_S)
    except WitnessTimeout:
        return
