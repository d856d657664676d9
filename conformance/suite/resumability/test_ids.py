"""Every event of a resumable run has an id, by which a client says where it was cut."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.event_ids import (
    FORM,
    expect_counting_ids,
    expect_increasing_ids,
)
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.stream_modes import MODES
from onceproof.conformance.suite.kit.streams import event_names, stream_run
from onceproof.conformance.wire.runs import Runs

SCENES = {
    "several modes": ("chain", {"steps": 2}, {"stream_mode": ["values", "updates", "debug"]}),
    "messages": ("chat", {"text": "two words"}, {"stream_mode": ["messages", "events"]}),
    "subgraphs": ("nested", {}, {"stream_mode": ["updates"], "stream_subgraphs": True}),
    "an error": ("fail", {}, {"stream_mode": ["updates"]}),
    "an interrupt": ("hitl", {}, {"stream_mode": ["updates"]}),
}

scenes = pytest.mark.parametrize(("graph", "input", "body"), SCENES.values(), ids=SCENES)


@requirement("RSM-01")
@scenes
async def test_every_event_of_a_resumable_run_has_an_id(
    runs: Runs, graph: str, input: dict[str, Any], body: dict[str, Any]
) -> None:
    _, events = await stream_run(runs, graph, input, stream_resumable=True, **body)
    same("events without an id", [event.name for event in events if not event.id], [])


@requirement("RSM-01")
@scenes
async def test_no_event_of_any_other_run_has_one(
    runs: Runs, graph: str, input: dict[str, Any], body: dict[str, Any]
) -> None:
    _, events = await stream_run(runs, graph, input, **body)
    same("events with an id", [event.name for event in events if event.id is not None], [])


@requirement("RSM-02")
async def test_ids_of_a_burst_are_unique_and_increasing(runs: Runs) -> None:
    body: dict[str, Any] = {"stream_mode": ["custom", "values"], "stream_resumable": True}
    # One after the other: a busy server would write each of them too slowly for two in a
    # millisecond.
    for _ in range(4):
        _, events = await stream_run(runs, "burst", {"total": 300}, **body)
        same("custom events of a burst", event_names(events).count("custom"), 300)
        expect_increasing_ids(events)


@requirement("RSM-02")
async def test_ids_of_all_modes_together_are_unique_and_increasing(runs: Runs) -> None:
    body: dict[str, Any] = {
        "stream_mode": list(MODES),
        "stream_resumable": True,
        "stream_subgraphs": True,
    }
    _, events = await stream_run(runs, "nested", {}, **body)
    expect_increasing_ids(events)


@requirement("RSM-03")
async def test_an_id_is_milliseconds_and_a_number(runs: Runs, observe: Observed) -> None:
    _, events = await stream_run(runs, "chain", {}, stream_resumable=True)
    odd = [event.id for event in events if not FORM.fullmatch(event.id or "")]
    observe(f"ids such as {odd[0]!r}" if odd else "ids of milliseconds and a number")
    same("ids that are not <milliseconds>-<number>", odd, [])


@requirement("STR-X1")
@scenes
async def test_the_ids_of_an_attempt_count_its_events(
    runs: Runs, session: Session, graph: str, input: dict[str, Any], body: dict[str, Any]
) -> None:
    _, events = await stream_run(runs, graph, input, stream_resumable=True, **body)
    expect_counting_ids(events, session)


@requirement("STR-X1")
async def test_the_ids_of_a_long_burst_count_its_events(runs: Runs, session: Session) -> None:
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
    _, events = await stream_run(runs, "burst", {"total": 2_000}, **body)
    expect_counting_ids(events, session)
