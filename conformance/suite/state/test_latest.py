"""The latest state of a thread."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import checkpoint_id, read_history, read_state
from onceproof.conformance.suite.state.finished import run_chain
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@requirement("STA-01")
async def test_the_state_of_a_fresh_thread_is_empty(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread(metadata={"a": 1})
    shown = await read_state(api, thread_id)
    same("values", shown["values"], {})
    same("next and tasks", (shown["next"], shown["tasks"]), ([], []))
    same("checkpoint", shown["checkpoint"], None)
    same("history", await read_history(api, thread_id), [])


@requirement("STA-02")
async def test_the_state_after_a_run_holds_its_final_values(runs: Runs, api: Api) -> None:
    done = await run_chain(runs)
    shown = await read_state(api, done.thread_id)
    same("values", shown["values"], done.values)
    same("next and tasks", (shown["next"], shown["tasks"]), ([], []))


@requirement("STA-02")
async def test_the_state_after_a_run_names_its_checkpoint_and_parent(runs: Runs, api: Api) -> None:
    done = await run_chain(runs)
    shown = await read_state(api, done.thread_id)
    checkpoint, parent = shown["checkpoint"], shown["parent_checkpoint"]
    same("thread", (checkpoint["thread_id"], checkpoint["checkpoint_ns"]), (done.thread_id, ""))
    newest, before = done.checkpoint_ids[:2]
    same("checkpoint_id", checkpoint["checkpoint_id"], newest)
    same("parent", (parent["thread_id"], parent["checkpoint_id"]), (done.thread_id, before))


@requirement("STA-02")
async def test_every_replica_shows_the_state_as_soon_as_the_run_has_ended(
    runs: Runs, api: Api
) -> None:
    done = await run_chain(runs)
    shown = [await read_state(api, done.thread_id) for _ in api.urls]
    same("checkpoint ids", {checkpoint_id(each) for each in shown}, {done.checkpoint_ids[0]})
