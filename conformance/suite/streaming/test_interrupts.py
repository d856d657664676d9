"""A graph that asks a human: the question is on the stream, in every mode that shows states."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.streams import event_names, payloads, stream_run
from onceproof.conformance.wire.runs import Runs

ASKED = {"question": "shall I?"}


@requirement("STR-17")
async def test_an_interrupt_is_an_update_of_its_own(runs: Runs) -> None:
    _, events = await stream_run(runs, "hitl", ASKED, stream_mode="updates")
    updates = payloads(events, "updates")
    same("nodes", [list(update) for update in updates], [["before"], ["__interrupt__"]])
    _demand_question(updates[-1])


@requirement("STR-17")
async def test_an_interrupt_stands_beside_the_state_in_values(runs: Runs) -> None:
    _, events = await stream_run(runs, "hitl", ASKED, stream_mode="values")
    last = payloads(events, "values")[-1]
    _demand_question(last)
    same("`log` beside it", last.get("log"), ["before"])
    same("the last event", event_names(events)[-1], "values")


@requirement("STR-17")
async def test_two_interrupts_of_one_super_step_are_both_told(runs: Runs) -> None:
    _, events = await stream_run(runs, "hitl2", {}, stream_mode="updates")
    found = [i for update in payloads(events, "updates") for i in update["__interrupt__"]]
    questions = sorted(interrupt["value"]["question"] for interrupt in found)
    same("questions", questions, ["left", "right"])
    same("number of different ids", len({interrupt["id"] for interrupt in found}), 2)


@requirement("STR-17")
async def test_what_follows_the_answer_is_streamed_by_the_run_that_brings_it(runs: Runs) -> None:
    handle, _ = await stream_run(runs, "hitl", ASKED, stream_mode="updates")
    answer: dict[str, Any] = {"command": {"resume": "yes"}, "stream_mode": "updates"}
    async with runs.stream(handle.thread_id, "hitl", None, **answer) as sub:
        updates = payloads(await sub.collect(), "updates")
    same("nodes", [list(update) for update in updates], [["ask"], ["after"]])
    same("the answer", updates[0]["ask"]["answer"], "yes")


def _demand_question(values: dict[str, Any]) -> None:
    __tracebackhide__ = True
    [interrupt] = values["__interrupt__"]
    expect_fields("an interrupt", interrupt, ["id", "value"])
    same("its value", interrupt["value"], ASKED)
