"""Events from inside of subgraphs: sent on request, under names that cannot be forged."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import (
    CONTROL,
    event_names,
    mode_of,
    payloads,
    stream_run,
)
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent, SseParser

MODES = ["updates", "values", "custom"]
#: The id of a task, which follows the name of a subgraph's node: a comment with one was forged.
TASK = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@requirement("STR-12")
async def test_events_of_subgraphs_are_named_by_their_path(runs: Runs) -> None:
    _, events = await stream_run(runs, "nested", {}, stream_mode=MODES, stream_subgraphs=True)
    paths = {_path(event) for event in events}
    same("where events come from", paths, {(), ("inner",), ("inner", "core")})
    updates = [(_path(e), next(iter(e.json()))) for e in events if mode_of(e) == "updates"]
    inside = [("inner",), ("inner", "core")]
    order = [((), "enter"), (inside[0], "first"), (inside[1], "leaf"), (inside[0], "core")]
    same("nodes, and where they are", updates, [*order, ((), "inner"), ((), "leave")])
    written = [_path(event) for event in events if mode_of(event) == "custom"]
    same("where the custom event comes from", written, [("inner", "core")])


@requirement("STR-12")
async def test_without_asking_nothing_of_a_subgraph_is_told(runs: Runs) -> None:
    _, events = await stream_run(runs, "nested", {}, stream_mode=MODES)
    same("events with a path", [event.name for event in events if "|" in event.name], [])
    nodes = [next(iter(update)) for update in payloads(events, "updates")]
    same("nodes", nodes, ["enter", "inner", "leave"])


@requirement("STR-12", "STR-17")
async def test_an_interrupt_inside_a_subgraph_is_told_there_and_above(
    runs: Runs, observe: Observed
) -> None:
    input = {"question": "deeper?"}
    _, events = await stream_run(
        runs, "nested_hitl", input, stream_mode=["updates"], stream_subgraphs=True
    )
    interrupts = [event for event in events if b"__interrupt__" in event.data]
    same("values interrupted with", {_question(event) for event in interrupts}, {"deeper?"})
    same("where from", sorted({_path(event) for event in interrupts}), [(), ("inner",)])
    observe(f"interrupt updates of a subgraph named `{mode_of(interrupts[0])}|namespace`")


@requirement("STR-27")
async def test_line_ends_in_the_name_of_a_node_forge_no_event(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    modes = [*MODES, "tasks"]
    body: dict[str, Any] = {
        "stream_mode": modes,
        "stream_subgraphs": True,
        "stream_resumable": True,
    }
    async with runs.stream(thread_id, "newline", {}, **body) as sub:
        events = await sub.collect()
    parser = sub.stream.parser
    same("events without data, which nobody sent", parser.dropped, [])
    same("comments with the rest of a name", [*filter(TASK.search, _comments(parser))], [])
    same("modes", {mode_of(event) for event in events} - CONTROL, set(modes))
    same("events without an id", [event.name for event in events if not event.id], [])
    same("custom events", [e.json()["where"] for e in events if mode_of(e) == "custom"], ["leaf"])
    done = [event.json() for event in events if mode_of(event) == "values"][-1]
    same("`done` in the last values", done.get("done"), True)


@requirement("STR-27")
async def test_line_ends_in_data_stay_data(runs: Runs) -> None:
    message = "boom\r\n\r\nevent: values\r\ndata: {}\n\nid: 0-0"
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "fail", {"message": message}, stream_mode="custom") as sub:
        events = await sub.collect()
    same("events", event_names(events), ["metadata", "error"])
    same("the message of the error", events[1].json()["message"], message)
    same("events without data", sub.stream.parser.dropped, [])


def _comments(parser: SseParser) -> Iterator[bytes]:
    return (comment.text for comment in parser.comments)


def _path(event: SseEvent) -> tuple[str, ...]:
    """The nodes that lead to where the event comes from; every segment must name its task."""
    segments = event.name.split("|")[1:]
    for segment in segments:
        if not re.fullmatch(r"\w+:[0-9a-f-]+", segment):
            raise AssertionError(f"{segment!r} in {event.name!r} should be <node>:<task uuid>")
        UUID(segment.partition(":")[2])
    return tuple(segment.partition(":")[0] for segment in segments)


def _question(event: SseEvent) -> str:
    [interrupt] = event.json()["__interrupt__"]
    question: str = interrupt["value"]["question"]
    return question
