"""What a thread shows of its latest state: values, interrupts and the error."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import read_state, read_thread
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@requirement("THR-17")
async def test_values_of_a_thread_are_those_of_its_latest_state(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    for total in (3, 6):
        _, answer = await runs.wait(thread_id, "chain", {"steps": 3})
        values = (await read_state(api, thread_id))["values"]
        same("steps in the latest state", len(values["log"]), total)
        same("values of the thread", (await read_thread(api, thread_id))["values"], values)
        same("the answer of the run", answer, values)


@requirement("THR-17")
async def test_values_follow_a_cancelled_run_too(runs: Runs, api: Api, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, step=1) as handle:
        await runs.cancel(handle)
        await runs.until_terminal(handle)
    values = (await read_state(api, thread_id))["values"]
    same("steps in the latest state", len(values["log"]), 1)
    same("values of the thread", (await read_thread(api, thread_id))["values"], values)


@requirement("THR-18")
async def test_an_open_interrupt_is_shown_under_its_task(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    same("before a run", (await read_thread(api, thread_id))["interrupts"], {})
    _, answer = await runs.wait(thread_id, "hitl", {"question": "why?"})
    [task] = (await read_state(api, thread_id))["tasks"]
    [asked] = answer["__interrupt__"]
    shown = (await read_thread(api, thread_id))["interrupts"]
    same("the interrupted tasks", list(shown), [task["id"]])
    [interrupt] = shown[task["id"]]
    same("id", interrupt["id"], asked["id"])
    same("value", interrupt["value"], {"question": "why?"})


@requirement("THR-18")
async def test_parallel_interrupts_are_shown_under_a_task_each(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl2", {})
    names = {each["id"]: each["name"] for each in (await read_state(api, thread_id))["tasks"]}
    shown = (await read_thread(api, thread_id))["interrupts"]
    questions = {names[task]: each["value"]["question"] for task, [each] in shown.items()}
    same("questions by task", questions, {"left": "left", "right": "right"})


@requirement("THR-18")
async def test_an_answered_interrupt_is_no_longer_shown(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl", {})
    await runs.wait(thread_id, "hitl", None, command={"resume": "yes"})
    same("interrupts", (await read_thread(api, thread_id))["interrupts"], {})


@requirement("THR-19")
async def test_a_failed_thread_shows_its_error_beside_the_last_values(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    handle, _ = await runs.wait(thread_id, "fail", {"message": "boom"})
    shown = await read_thread(api, thread_id)
    expect_fields("error", shown["error"] or {}, ["error", "message"])
    same("class", shown["error"]["error"], "ValueError")
    same("message", shown["error"]["message"], "boom")
    same("the last good value", shown["values"].get("passed"), True)
    same("nonce", shown["values"].get("nonce"), handle.nonce)


@requirement("THR-19")
async def test_a_later_success_clears_the_error(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "fail", {})
    await runs.wait(thread_id, "chain", {})
    same("error", (await read_thread(api, thread_id)).get("error"), None)
