"""Several questions at once, of which a client answers some and others later."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_steps
from onceproof.conformance.suite.kit.reads import (
    read_state,
    read_thread_questions,
    read_thread_status,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


def ids_by_question(state: dict[str, Any]) -> dict[str, str]:
    """Return the ids of the interrupts that wait in a state, by what they ask."""
    waiting = [each for task in state["tasks"] for each in task.get("interrupts") or []]
    return {each["value"]["question"]: each["id"] for each in waiting}


@requirement("STA-38")
async def test_some_of_several_questions_can_be_answered_first(
    runs: Runs, api: Api, session: Session
) -> None:
    thread_id = await runs.new_thread()
    first, _ = await runs.wait(thread_id, "hitl2", {})
    ids = ids_by_question(await read_state(api, thread_id))
    same("questions", sorted(ids), ["left", "right"])
    part = {"resume": {ids["left"]: "L"}}
    await runs.wait(thread_id, "hitl2", None, command=part)
    asked = ids_by_question(await read_state(api, thread_id))
    same("questions after the first answer", asked, {"right": ids["right"]})
    same("status of the thread", await read_thread_status(api, thread_id), "interrupted")
    rest = {"resume": {ids["right"]: "R"}}
    _, values = await runs.wait(thread_id, "hitl2", None, command=rest)
    same("answers", values.get("answers"), {"left": "L", "right": "R"})
    same("what was done with each answer", count_steps(session, first.nonce), {0: 1, 1: 1})


@requirement("STA-38")
async def test_a_thread_shows_the_questions_that_are_left(runs: Runs, api: Api) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl2", {})
    ids = ids_by_question(await read_state(api, thread_id))
    part = {"resume": {ids["left"]: "L"}}
    await runs.wait(thread_id, "hitl2", None, command=part)
    left = [ids["right"]]
    same("open questions of the thread", await read_thread_questions(api, thread_id), left)
