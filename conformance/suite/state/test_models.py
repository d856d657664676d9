"""State that is a pydantic model."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_state, read_thread
from onceproof.conformance.suite.kit.replicas import restart_all
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs

PAGE, ANIMAL = ["Page[Line]", "Line", "Money"], ["Dog", "Level", "date"]
KINDS = [*PAGE, *ANIMAL, *PAGE]


@requirement("STA-28")
async def test_nested_generic_and_discriminated_models_are_themselves_on_every_run(
    runs: Runs,
) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "models", {})
    for _ in range(3):
        _, answer = await runs.wait(thread_id, "models", {})
        same("classes of the values", answer.get("kinds"), KINDS)


@requirement("STA-28")
async def test_nested_generic_and_discriminated_models_are_themselves_after_a_restart(
    small: Small, small_runs: Runs
) -> None:
    thread_id = await small_runs.new_thread()
    await small_runs.wait(thread_id, "models", {})
    await restart_all(small.target)
    _, answer = await small_runs.wait(thread_id, "models", {})
    same("classes of the values", answer.get("kinds"), KINDS)


@requirement("STA-40")
@pytest.mark.parametrize("count", [-1, "many", None])
async def test_input_that_does_not_fit_the_schema_ends_its_run_alone(
    runs: Runs, api: Api, count: object
) -> None:
    thread_id = await runs.new_thread()
    try:
        async with runs.stream(thread_id, "models", {"count": count}) as sub:
            events = await sub.collect()
    except RunRefused as refused:
        same("kind of the refusal", (refused.status or 0) // 100, 4)
    else:
        same("status", await runs.until_terminal(sub.handle), "error")
        attempts = {event.json().get("attempt") for event in events if event.name == "metadata"}
        same("attempts after the first", attempts - {None, 1}, set())
    await read_state(api, thread_id)
    await read_thread(api, thread_id)
    _, answer = await runs.wait(thread_id, "models", {"count": 2})
    same("count of the next run", answer.get("count"), 2)
