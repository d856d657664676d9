"""The stream of a thread: run after run on one connection, which stays open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_fields, same
from onceproof.conformance.suite.kit.event_ids import expect_increasing_ids
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.streams import mode_of, stream_run
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.streams import EventStream

PATH = "/threads/{thread_id}/stream"
RUN: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": True}


@pytest.fixture
async def thread_id(runs: Runs, api: Api) -> str:
    """A new thread on a target that has streams of threads."""
    made = await runs.new_thread()
    async with api.stream("GET", f"/threads/{made}/stream") as stream:
        missing = stream.response.status_code in (404, 405)
    if missing and not await claims(api, "GET", PATH):
        not_applicable("the target has no streams of threads")
    return made


@requirement("RSM-13")
async def test_it_carries_run_after_run_and_stays_open(
    runs: Runs, api: Api, thread_id: str
) -> None:
    async with _stream(api, thread_id, "run_modes") as stream:
        for _ in range(2):
            handle, events = await stream_run(runs, "chain", {"steps": 2}, thread_id, **RUN)
            got = await stream.collect(until=_marks_end, timeout_s=10)
            updates = [event.data for event in events if mode_of(event) == "updates"]
            same("updates", [e.data for e in got if mode_of(e) == "updates"], updates)
            same("the end of the run", _read_end(got[-1]), ("run_done", handle.run_id))
        same("how the stream stands", stream.ended, None)


@requirement("RSM-14")
async def test_a_lifecycle_stream_has_starts_and_ends_only(
    runs: Runs, api: Api, thread_id: str
) -> None:
    async with _stream(api, thread_id, "lifecycle") as stream:
        handle, _ = await stream_run(runs, "chain", {"steps": 2}, thread_id, **RUN)
        got = await stream.collect(until=_marks_end, timeout_s=10)
    same("events", [event.name for event in got], ["metadata", "metadata"])
    same("the start of the run", got[0].json()["run_id"], handle.run_id)
    same("the end of the run", _read_end(got[1]), ("run_done", handle.run_id))


@requirement("RSM-15")
async def test_a_state_update_is_told(runs: Runs, api: Api, thread_id: str) -> None:
    await stream_run(runs, "hitl", {}, thread_id, **RUN)
    async with _stream(api, thread_id, "state_update") as stream:
        body = {"values": {"answer": "new"}}
        expect(await api.post(f"/threads/{thread_id}/state", json=body))
        [event] = await stream.collect(limit=1, timeout_s=10)
    same("the event", event.name, "state_update")
    expect_fields("it", event.json(), ["state", "thread_id"])
    same("its thread", event.json()["thread_id"], thread_id)
    same("the answer in its state", event.json()["state"]["values"]["answer"], "new")


@requirement("RSM-16")
async def test_its_events_have_ids_and_can_be_replayed(
    runs: Runs, api: Api, thread_id: str
) -> None:
    async with _stream(api, thread_id, "run_modes") as stream:
        await stream_run(runs, "chain", {"steps": 2}, thread_id, **RUN)
        live = await stream.collect(until=_marks_end, timeout_s=10)
    same("events without an id", [event.name for event in live if not event.id], [])
    expect_increasing_ids(live)
    async with _stream(api, thread_id, "run_modes", last_event_id="-") as again:
        replayed = await again.collect(until=_marks_end, timeout_s=10)
    same("ids of what is replayed", [e.id for e in replayed], [e.id for e in live])


@requirement("RSM-17")
async def test_an_unknown_mode_is_refused(api: Api, thread_id: str) -> None:
    params = {"stream_modes": "no_such_mode"}
    async with api.stream("GET", f"/threads/{thread_id}/stream", params=params) as stream:
        same("status", stream.response.status_code, 422)


@requirement("RSM-18")
async def test_the_newer_event_stream_counts_and_can_be_taken_up_again(
    runs: Runs, api: Api
) -> None:
    thread = await runs.new_thread()
    body = {"channels": ["values", "lifecycle"]}
    path = f"/threads/{thread}/stream/events"
    async with api.stream("POST", path, json=body) as stream:
        if stream.response.status_code in (404, 405):
            not_applicable("the target has no newer event stream")
        # This stream, too, carries only the modes that the run was asked for.
        modes: dict[str, Any] = {"stream_mode": "values", "stream_resumable": True}
        await stream_run(runs, "chain", {"steps": 2}, thread, **modes)
        live = [event.json() for event in await stream.collect(limit=4, timeout_s=10)]
    numbers = [event["seq"] for event in live]
    # A number for each thread leaves out those of the channels that were not asked for.
    same("seq in a growing order, without repeats", numbers, sorted(set(numbers)))
    async with api.stream("POST", path, json={**body, "since": live[1]["seq"]}) as again:
        later = [event.json() for event in await again.collect(limit=2, timeout_s=10)]
    wanted = [event["event_id"] for event in live[2:]]
    same("event_id of what comes since then", [event["event_id"] for event in later], wanted)


@asynccontextmanager
async def _stream(
    api: Api, thread_id: str, mode: str, last_event_id: str | None = None
) -> AsyncIterator[EventStream]:
    """The stream of a thread in one mode."""
    params = {"stream_modes": mode}
    async with api.stream(
        "GET", f"/threads/{thread_id}/stream", params=params, last_event_id=last_event_id
    ) as stream:
        same("status of the thread's stream", stream.response.status_code, 200)
        yield stream


def _marks_end(event: SseEvent) -> bool:
    return event.name == "metadata" and event.json().get("status") == "run_done"


def _read_end(event: SseEvent) -> tuple[str, str]:
    event_data = event.json()
    return event_data["status"], str(UUID(event_data["run_id"]))
