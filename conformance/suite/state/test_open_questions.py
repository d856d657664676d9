"""Questions to a human that nobody has answered yet."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_state, read_thread_questions
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs

#: The id of no question: LangGraph's are such digests.
NOBODYS = "0" * 32


def questions(answer: dict[str, Any]) -> list[Any]:
    """Return what the interrupts in an answer of wait ask."""
    return [interrupt["value"] for interrupt in answer.get("__interrupt__", [])]


@requirement("STA-31")
async def test_a_run_without_an_answer_stops_at_the_open_question_again(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "questions", {})
    _, second = await runs.wait(thread_id, "questions", None, command={"resume": "A"})
    same("the question after the first answer", questions(second), ["second"])
    third = await answer_wrongly(runs, thread_id, None, "questions")
    if third is not None:  # refused, it delivers nothing
        same("answers that were given", third.get("answers"), None)
        same("the question that is open", questions(third), ["second"])
    _, last = await runs.wait(thread_id, "questions", None, command={"resume": "B"})
    same("answers", last.get("answers"), ["A", "B"])


@requirement("STA-33")
@pytest.mark.parametrize(
    "resume", [{NOBODYS: "x"}, "one answer to two questions"], ids=["unknown", "single"]
)
async def test_a_refused_answer_leaves_its_questions_open(
    runs: Runs, api: Api, resume: Any
) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl2", {})
    ids = ids_of_state(await read_state(api, thread_id))
    same("number of open questions", len(ids), 2)
    answer = await answer_wrongly(runs, thread_id, {"resume": resume})
    if answer is not None and answer.get("answers"):
        inconclusive(f"the server takes {resume!r} as an answer")
    same("open questions of the state", ids_of_state(await read_state(api, thread_id)), ids)
    _, answer = await runs.wait(thread_id, "hitl2", None, command={"resume": dict.fromkeys(ids, 1)})
    same("whether it went on", answer.get("closed"), True)


@requirement("STA-33")
async def test_a_thread_goes_on_showing_the_questions_of_a_refused_answer(
    runs: Runs, api: Api
) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "hitl2", {})
    ids = ids_of_state(await read_state(api, thread_id))
    answer = await answer_wrongly(runs, thread_id, {"resume": {NOBODYS: "x"}})
    if answer is not None and answer.get("answers"):
        inconclusive("the server takes the id of no question as an answer")
    same("open questions of the thread", await read_thread_questions(api, thread_id), ids)


@requirement("STA-33")
@pytest.mark.parametrize("by_id", [False, True], ids=["alone", "by its id"])
@pytest.mark.parametrize("graph", ["hitl", "questions"])
async def test_null_as_an_answer_is_delivered_or_refused(
    runs: Runs, api: Api, graph: str, by_id: bool
) -> None:
    thread_id = await runs.new_thread()
    _, asked = await runs.wait(thread_id, graph, {})
    resume = {asked["__interrupt__"][0]["id"]: None} if by_id else None
    answer = await answer_wrongly(runs, thread_id, {"resume": resume}, graph)
    if answer is None:
        same("questions still open", bool(ids_of_state(await read_state(api, thread_id))), True)
        same("questions asked before", len(questions(asked)), 1)
    else:
        error = answer.get("__error__")
        same("an error inside the run", error, None)


async def answer_wrongly(
    runs: Runs, thread_id: str, command: dict[str, Any] | None, graph: str = "hitl2"
) -> dict[str, Any] | None:
    """Return what a run with this answer comes to, or None if the server refuses it."""
    try:
        _, answer = await runs.wait(thread_id, graph, None, command=command)
    except RunRefused:
        return None
    return answer


def ids_of_state(state: dict[str, Any]) -> list[str]:
    return sorted(i["id"] for task in state["tasks"] for i in task.get("interrupts") or [])
