"""The shapes of what the modes `tasks`, `checkpoints` and `debug` show about a run at work."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_fields, same
from onceproof.conformance.suite.kit.reads import read_history
from onceproof.conformance.suite.kit.streams import payloads, same_sequence, stream_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

STEPS = 2
NODES = ["begin", *["step"] * STEPS]

START = ("id", "name", "input", "triggers", "metadata")
END = ("id", "name", "error", "result", "interrupts")
CHECKPOINT = ("config", "parent_config", "values", "metadata", "next", "tasks")
NAMES = ("checkpoint", "parent_checkpoint")
DEBUG = ("step", "timestamp", "type", "payload")


@requirement("STR-10")
async def test_each_task_is_told_when_it_starts_and_when_it_ends(runs: Runs) -> None:
    _, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode="tasks")
    shown = payloads(events, "tasks")
    _demand_tasks(shown[::2], shown[1::2])
    same_sequence("ids of ends", _each(shown[1::2], "id"), _each(shown[::2], "id"))


@requirement("STR-10")
async def test_each_checkpoint_is_told_and_names_the_one_before_it(runs: Runs) -> None:
    _, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode="checkpoints")
    _demand_checkpoints(payloads(events, "checkpoints"))


@requirement("STR-10")
async def test_debug_tells_checkpoints_and_tasks_with_step_and_time(runs: Runs) -> None:
    _, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode="debug")
    shown = payloads(events, "debug")
    for event in shown:
        expect_fields("an event of mode debug", event, DEBUG)
    kinds = {
        kind: [e["payload"] for e in shown if e["type"] == kind] for kind in _each(shown, "type")
    }
    same("types in mode debug", set(kinds), {"checkpoint", "task", "task_result"})
    _demand_tasks(kinds["task"], kinds["task_result"])
    _demand_checkpoints(kinds["checkpoint"])
    steps = _each(shown, "step")
    same("steps, in order", steps, sorted(steps))


@requirement("STR-10")
async def test_debug_names_checkpoints_as_the_history_does(api: Api, runs: Runs) -> None:
    """Clients branch and resume from these names."""
    handle, events = await stream_run(runs, "chain", {"steps": STEPS}, stream_mode="debug")
    shown = [e["payload"] for e in payloads(events, "debug") if e["type"] == "checkpoint"]
    for checkpoint in shown:
        expect_fields("a checkpoint of mode debug", checkpoint, NAMES)
    history = await read_history(api, str(handle.thread_id))
    for name in NAMES:
        kept = [_address(state[name]) for state in reversed(history)]
        same_sequence(f"each `{name}`", [_address(e[name]) for e in shown], kept)


def _demand_tasks(starts: list[dict[str, Any]], ends: list[dict[str, Any]]) -> None:
    __tracebackhide__ = True
    for start in starts:
        expect_fields("the start of a task", start, START)
    for end in ends:
        expect_fields("the end of a task", end, END)
    same_sequence("tasks that start", _each(starts, "name"), NODES)
    same_sequence("tasks that end", _each(ends, "name"), NODES)
    same("errors of tasks", set(_each(ends, "error")), {None})
    logged = [entry["i"] for end in ends for entry in _update(end).get("log", [])]
    same_sequence("steps in the results", logged, range(STEPS))


def _update(end: dict[str, Any]) -> dict[str, Any]:
    """What a task returned: an object, or the channels it wrote as pairs on older langgraph."""
    return dict(end["result"])


def _demand_checkpoints(shown: list[dict[str, Any]]) -> None:
    __tracebackhide__ = True
    for checkpoint in shown:
        expect_fields("a checkpoint", checkpoint, CHECKPOINT)
        expect_fields("metadata of a checkpoint", checkpoint["metadata"], ("source", "step"))
    # The input, its distribution, `begin`, and the steps.
    numbers = [checkpoint["metadata"]["step"] for checkpoint in shown]
    same_sequence("steps of checkpoints", numbers, range(-1, STEPS + 2))
    ids = [_id(checkpoint["config"]) for checkpoint in shown]
    parents = [_id(checkpoint["parent_config"]) for checkpoint in shown]
    same_sequence("parents of checkpoints", parents, [None, *ids[:-1]])
    same("`next` of the last checkpoint", shown[-1]["next"], [])
    same("steps logged in the last checkpoint", len(shown[-1]["values"]["log"]), STEPS)


def _id(config: dict[str, Any] | None) -> str | None:
    return config["configurable"].get("checkpoint_id") if config else None


def _address(checkpoint: dict[str, Any] | None) -> tuple[Any, ...] | None:
    """What every server says of a checkpoint; an empty namespace may be left out."""
    if not checkpoint:
        return None
    return checkpoint["checkpoint_id"], checkpoint.get("checkpoint_ns", "")


def _each(things: list[dict[str, Any]], field: str) -> list[Any]:
    return [thing[field] for thing in things]
