"""Workflows of the functional API: their tasks, and what one run leaves to the next."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_steps, lose_worker
from onceproof.conformance.suite.kit.reads import read_thread_values
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

STEPS = 3
#: How long each task takes, so that the first has long been stored when the third begins.
SLEEP_MS = 500


@requirement("STA-35")
async def test_a_task_is_not_executed_again_when_a_question_is_answered(
    runs: Runs, session: Session
) -> None:
    thread_id = await runs.new_thread()
    asked, answer = await runs.wait(thread_id, "functional", {"ask": True, "steps": STEPS})
    same("questions", [each["value"] for each in answer.get("__interrupt__", [])], ["go on?"])
    _, result = await runs.wait(thread_id, "functional", None, command={"resume": "yes"})
    same("the result", (result.get("steps"), result.get("answer")), ([0, 1, 2], "yes"))
    same("executions of each task", count_steps(session, asked.nonce), {0: 1, 1: 1, 2: 1})


@requirement("STA-35")
@pytest.mark.usefixtures("levers")
async def test_a_task_is_not_executed_again_after_its_worker_was_lost(
    runs: Runs, session: Session
) -> None:
    input = {"steps": STEPS, "sleep_ms": SLEEP_MS}
    handle = await lose_worker(runs, session, "functional", input, step=2)
    same("the result", (await runs.join(handle)).get("steps"), [0, 1, 2])
    counts = count_steps(session, handle.nonce)
    same("executions of the first task and of the interrupted one", (counts[0], counts[2]), (1, 2))


@requirement("STA-36")
async def test_previous_is_what_the_run_before_saved(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    for before in range(3):
        handle, result = await runs.wait(thread_id, "functional", {"steps": 1})
        same("runs that had finished before", result.get("before"), before)
        same("nonce in the result", result.get("nonce"), handle.nonce)
    same("values of the thread", await read_thread_values(api, thread_id), result)
