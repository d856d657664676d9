"""Runs whose graph fails."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_thread_status, read_thread_values
from onceproof.conformance.wire.runs import Runs

SECRET = "the password is swordfish"


@requirement("RUN-15")
async def test_wait_and_join_of_a_failing_run_answer_its_error(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    handle, body = await runs.wait(thread_id, "fail", {"message": "it broke"})
    same("__error__", extract_error(body), {"error": "ValueError", "message": "it broke"})
    same("__error__ of join", extract_error(await runs.join(handle)), extract_error(body))
    same("status of the run", await runs.status(handle), "error")
    same("status of the thread", await read_thread_status(runs.api, thread_id), "error")


@requirement("RUN-15")
async def test_join_of_a_run_that_fails_meanwhile_answers_its_error(runs: Runs) -> None:
    handle = await runs.create(await runs.new_thread(), "fail", {"message": "it broke"})
    same(
        "__error__",
        extract_error(await runs.join(handle)),
        {"error": "ValueError", "message": "it broke"},
    )


@pytest.mark.parametrize("limit", [1, 7])
@requirement("RUN-26")
async def test_the_recursion_limit_ends_the_run_with_an_error(runs: Runs, limit: int) -> None:
    thread_id = await runs.new_thread()
    handle, body = await runs.wait(thread_id, "loop", {}, config={"recursion_limit": limit})
    same("class of the error", extract_error(body)["error"], "GraphRecursionError")
    same("status of the run", await runs.status(handle), "error")
    same("status of the thread", await read_thread_status(runs.api, thread_id), "error")
    values = await read_thread_values(runs.api, thread_id)
    same("super-steps before the limit", (values or {}).get("i"), limit)


@requirement("RUN-27")
async def test_the_message_of_a_private_exception_is_masked(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "customerr", {"message": SECRET}) as sub:
        events = await sub.collect()
        body = await runs.join(sub.handle)
    same("class of the error", extract_error(body)["error"], "ProbeError")
    assert extract_error(body)["message"], "the error has no message at all"
    assert SECRET not in str(body), f"join reveals the message of a private exception: {body}"
    last = events[-1]
    same("last event of the stream", last.name, "error")
    same("class in the error event", last.json()["error"], "ProbeError")
    leaks = [
        event.name for event in events if SECRET.encode() in event.data and event.name == "error"
    ]
    same("error events that reveal the message", leaks, [])
    same("status of the run", await runs.until_terminal(sub.handle), "error")


def extract_error(body: Any) -> dict[str, str]:
    """Extract class and message from the `__error__` of an answer."""
    error = body["__error__"]
    return {name: error[name] for name in ("error", "message")}
