"""Breakpoints that the client of a run sets."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_state, read_thread_status
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

STEPS = 2


async def run_to_breakpoint(aside: Runs, thread_id: str, due: str, **body: Any) -> RunHandle:
    """Run a chain until it stops at the breakpoint in `body`, with `due` as its next node."""
    handle, _ = await aside.wait(thread_id, "chain", {"steps": STEPS}, **body)
    await expect_stop(aside, thread_id, due)
    same("the run", await aside.status(handle), "success")
    return handle


async def expect_stop(aside: Runs, thread_id: str, due: str) -> None:
    same("the thread", await read_thread_status(aside.api, thread_id), "interrupted")
    same("next", (await read_state(aside.api, thread_id))["next"], [due])


@requirement("STA-18")
@pytest.mark.parametrize(
    ("body", "due"),
    [
        ({"interrupt_before": ["step"]}, "step"),
        ({"interrupt_before": "*"}, "begin"),
        ({"interrupt_after": ["begin"]}, "step"),
        ({"interrupt_after": "*"}, "step"),
        ({"interrupt_before": ["nobody", "step"]}, "step"),
    ],
    ids=["before-list", "before-all", "after-list", "after-all", "before-one-of-two"],
)
async def test_a_run_stops_at_a_breakpoint_and_goes_on_with_null_input(
    aside: Runs, aside_sink: Sink, body: dict[str, Any], due: str
) -> None:
    thread_id = await aside.new_thread()
    first = await run_to_breakpoint(aside, thread_id, due, **body)
    same("executed steps at the breakpoint", aside_sink.executions(first.nonce), [])
    _, values = await aside.wait(thread_id, "chain", None)
    same("steps in the ledger", [each["i"] for each in values["log"]], list(range(STEPS)))
    steps = [execution.step for execution in aside_sink.executions(first.nonce)]
    same("executed steps at the end", steps, list(range(STEPS)))
    same("the thread", await read_thread_status(aside.api, thread_id), "idle")


@requirement("STA-18")
async def test_a_run_stops_at_every_node_one_after_the_other(aside: Runs) -> None:
    thread_id = await aside.new_thread()
    await run_to_breakpoint(aside, thread_id, "begin", interrupt_before="*")
    for done in range(STEPS):
        _, values = await aside.wait(thread_id, "chain", None, interrupt_before="*")
        await expect_stop(aside, thread_id, "step")
        same("steps in the ledger", len(values.get("log", [])), done)
    _, values = await aside.wait(thread_id, "chain", None)
    same("steps in the ledger at the end", len(values["log"]), STEPS)


@requirement("STA-18")
async def test_a_breakpoint_that_is_not_met_stops_nothing(aside: Runs, api: Api) -> None:
    thread_id = await aside.new_thread()
    _, values = await aside.wait(thread_id, "command", {"to": ["left"]}, interrupt_before=["right"])
    same("nodes that have run", values["log"], ["route", "left"])
    same("the thread", await read_thread_status(api, thread_id), "idle")
