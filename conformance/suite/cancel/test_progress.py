"""What a cancelled run leaves behind, and how it goes on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import read_state
from onceproof.conformance.wire.handles import RunHandle, runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@asynccontextmanager
async def cancel_in_step_two(runs: Runs, sink: Sink) -> AsyncIterator[RunHandle]:
    """Cancel a run of four steps when two of them are finished."""
    async with hold_run(runs, sink, await runs.new_thread(), step=2, steps=4) as handle:
        await runs.cancel(handle)
        same("status", await runs.until_terminal(handle), "interrupted")
    yield handle


@requirement("CAN-14")
async def test_finished_super_steps_stay_and_next_names_the_unfinished_node(
    runs: Runs, sink: Sink
) -> None:
    async with cancel_in_step_two(runs, sink) as handle:
        shown = await read_state(runs.api, str(handle.thread_id))
        log = [(entry["nonce"], entry["i"]) for entry in shown["values"]["log"]]
        same("the log", log, [(handle.nonce, 0), (handle.nonce, 1)])
        same("next", shown["next"], ["step"])


@requirement("CAN-15")
async def test_a_run_with_null_input_goes_on_where_the_cancelled_one_stopped(
    private_runs: tuple[Runs, Sink],
) -> None:
    runs, sink = private_runs
    async with cancel_in_step_two(runs, sink) as handle:
        body = {"assistant_id": "chain", "input": None}
        path = f"{runs_path(handle.thread_id)}/wait"
        values = expect(await runs.api.post(path, json=body))
    same("finished steps", [entry["i"] for entry in values["log"]], [0, 1, 2, 3])
    begun = [one.step for one in sink.executions(handle.nonce)]
    same("steps begun: the one that was cut short once more", begun, [0, 1, 2, 2, 3])
    shown = await read_state(runs.api, str(handle.thread_id))
    same("next", shown["next"], [])
    same("status of the cancelled run", await runs.status(handle), "interrupted")
