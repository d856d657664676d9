"""Which events a stream has: those of the modes asked for, in causal order."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.stream_modes import MODES
from onceproof.conformance.suite.kit.streams import (
    CONTROL,
    event_names,
    mode_of,
    payloads,
    same_sequence,
    stream_run,
)
from onceproof.conformance.wire.runs import Runs

STEPS = 4


@requirement("STR-03")
@pytest.mark.parametrize("mode", MODES)
async def test_a_stream_has_only_events_of_the_mode_asked_for(runs: Runs, mode: str) -> None:
    probe = MODES[mode]
    _, events = await stream_run(runs, probe.graph, probe.input, stream_mode=mode)
    seen = {mode_of(event) for event in events} - CONTROL
    same(f"events of no mode asked for beside {mode!r}", seen - probe.names, set())
    same(f"whether mode {mode!r} streamed anything", bool(seen), True)


@requirement("STR-03")
async def test_a_stream_of_two_modes_has_events_of_both_and_no_others(runs: Runs) -> None:
    _, events = await stream_run(runs, "ticks", {"total": 2}, stream_mode=["custom", "updates"])
    seen = {mode_of(event) for event in events} - CONTROL
    same("events of a stream of custom and updates", seen, {"custom", "updates"})


@requirement("STR-04")
async def test_values_are_the_state_after_the_input_and_after_each_super_step(runs: Runs) -> None:
    _, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode="values")
    states = payloads(events, "values")
    # The node `begin` comes between the input and the first step, and sets `i` to 0.
    same_sequence("states' `i`", [state.get("i") for state in states], [None, *range(STEPS + 1)])
    logged = [len(state.get("log") or []) for state in states]
    same_sequence("states' number of steps logged", logged, [0, *range(STEPS + 1)])
    same("states without the input's own fields", [s for s in states if "nonce" not in s], [])


@requirement("STR-04")
async def test_the_last_values_are_the_final_state(runs: Runs) -> None:
    handle, events = await stream_run(runs, "chain", {"steps": 2, "size": 10}, stream_mode="values")
    state = (await runs.api.get(f"/threads/{handle.thread_id}/state")).json()
    same("the last `values`", payloads(events, "values")[-1], state["values"])


@requirement("STR-05")
async def test_updates_are_what_each_node_returned(runs: Runs) -> None:
    _, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode="updates")
    updates = payloads(events, "updates")
    same_sequence("nodes", [list(update) for update in updates], [["begin"], *[["step"]] * STEPS])
    steps = [update["step"] for update in updates[1:]]
    same_sequence("updates' `i`", [step["i"] for step in steps], range(1, STEPS + 1))
    logged = [[entry["i"] for entry in step["log"]] for step in steps]
    same_sequence("steps in each update's log", logged, [[i] for i in range(STEPS)])


@requirement("STR-05")
async def test_each_of_several_tasks_of_a_super_step_has_an_update_of_its_own(runs: Runs) -> None:
    _, events = await stream_run(runs, "fanout", {"n": 5}, stream_mode="updates")
    updates = payloads(events, "updates")
    nodes = [["plan"], *[["work"]] * 5, ["collect"]]
    same_sequence("nodes", [list(update) for update in updates], nodes)
    results = [result["k"] for update in updates[1:-1] for result in update["work"]["results"]]
    same("tasks in the updates of `work`", sorted(results), list(range(5)))


@requirement("STR-11")
async def test_the_updates_of_a_super_step_come_before_its_values(runs: Runs) -> None:
    _, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode=["values", "updates"])
    order = ["metadata", "values", *["updates", "values"] * (STEPS + 1)]
    same_sequence("events", event_names(events), order)
    updates = [next(iter(update.values()))["i"] for update in payloads(events, "updates")]
    values = [state["i"] for state in payloads(events, "values")[1:]]
    same_sequence("`i` of values and the updates before them", values, updates)


@requirement("STR-11")
async def test_what_a_node_writes_comes_before_what_it_returns(runs: Runs) -> None:
    modes = ["updates", "values", "custom", "tasks"]
    _, events = await stream_run(runs, "ticks", {"total": 3}, stream_mode=modes)
    order = ["metadata", "values", "tasks", *["custom"] * 3, "updates", "tasks", "values"]
    got = event_names(events)
    # Either of the two may report the end of the task first: neither causes the other.
    last = sorted(got[6:8], reverse=True)
    same_sequence("events", [*got[:6], *last, *got[8:]], order)
