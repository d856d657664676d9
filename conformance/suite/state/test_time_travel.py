"""Runs that start from an earlier state, or from an empty thread."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.reads import (
    checkpoint_id,
    read_history,
    read_state,
    read_thread_status,
)
from onceproof.conformance.suite.state.finished import STEPS, FinishedChain, run_chain
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


def list_executed_steps(sink: Sink, nonce: str) -> list[int | str | None]:
    """List the steps of a run in the order in which the sink saw them begin."""
    return [execution.step for execution in sink.executions(nonce)]


@requirement("STA-12")
@pytest.mark.parametrize("form", ["checkpoint", "checkpoint_id"])
async def test_a_run_from_a_checkpoint_executes_only_what_follows(
    aside: Runs, aside_sink: Sink, finished_chain: FinishedChain, form: str
) -> None:
    old = finished_chain.find_entry_after(1)
    at: dict[str, Any] = {
        "checkpoint": old["checkpoint"],
        "checkpoint_id": checkpoint_id(old),
    }
    body = {form: at[form]}
    _, values = await aside.wait(finished_chain.thread_id, "chain", None, **body)
    steps = list_executed_steps(aside_sink, finished_chain.handle.nonce)
    same("executed steps", steps, [0, 1, 2, 1, 2])
    same("steps in the ledger", [each["i"] for each in values["log"]], [0, 1, 2])
    same("the step before the checkpoint", values["log"][0], finished_chain.values["log"][0])
    same(
        "whether the other steps are new", values["log"][1] != finished_chain.values["log"][1], True
    )


@requirement("STA-12")
async def test_a_run_from_a_checkpoint_becomes_the_latest_state(
    aside: Runs, api: Api, finished_chain: FinishedChain
) -> None:
    old = finished_chain.find_entry_after(2)
    handle, values = await aside.wait(
        finished_chain.thread_id, "chain", None, checkpoint=old["checkpoint"]
    )
    same("the run", await aside.status(handle), "success")
    same("the latest values", (await read_state(api, finished_chain.thread_id))["values"], values)
    entries = await read_history(api, finished_chain.thread_id)
    assert checkpoint_id(entries[0]) not in finished_chain.checkpoint_ids, (
        "the run left no checkpoint"
    )
    kept = [entry for entry in entries if checkpoint_id(entry) in finished_chain.checkpoint_ids]
    same("the history before", kept, finished_chain.history)


@requirement("STA-13")
@pytest.mark.parametrize(
    "body",
    [{"checkpoint_id": "zz"}, {"checkpoint": {"checkpoint_id": "zz"}}],
    ids=["checkpoint_id", "checkpoint"],
)
@pytest.mark.parametrize("suffix", ["", "/wait", "/stream"], ids=["create", "wait", "stream"])
async def test_a_malformed_checkpoint_id_is_refused(
    runs: Runs, api: Api, body: dict[str, object], suffix: str
) -> None:
    path = f"/threads/{await runs.new_thread()}/runs"
    expect_refusal(await api.post(path + suffix, json={"assistant_id": "chain", **body}), 422)
    same("runs on the thread", expect(await api.get(path)), [])


@requirement("STA-22")
async def test_a_null_input_run_on_a_finished_thread_changes_nothing(
    runs: Runs, api: Api, sink: Sink
) -> None:
    done = await run_chain(runs)
    handle = await runs.create(done.thread_id, "chain", None)
    same("the run", await runs.until_terminal(handle), "success")
    same("the values", (await read_state(api, done.thread_id))["values"], done.values)
    same("executed steps", list_executed_steps(sink, done.handle.nonce), list(range(STEPS)))
    same("the thread", await read_thread_status(api, done.thread_id), "idle")


@requirement("STA-22")
async def test_a_null_input_wait_on_a_finished_thread_answers_its_values(runs: Runs) -> None:
    done = await run_chain(runs)
    _, values = await runs.wait(done.thread_id, "chain", None)
    same("the answer", values, done.values)


@requirement("STA-23")
async def test_a_run_without_input_on_an_empty_thread_is_an_error(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle, answer = await runs.wait(thread_id, "chain", None)
    same("the run", await runs.status(handle), "error")
    same("the error", answer["__error__"]["error"], "EmptyInputError")
    same("the thread", await read_thread_status(api, thread_id), "error")
    same("the values", (await read_state(api, thread_id))["values"], {})
