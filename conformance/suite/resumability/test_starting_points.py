"""Where a stream begins for a client that names no event, a special one, or nonsense."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import payloads, same_sequence, stream_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink

FROM_START = ("-1", "0", "-")
BODY: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": True}


@requirement("RSM-06")
async def test_a_run_that_is_over_can_be_read_from_its_start(
    runs: Runs, api: Api, observe: Observed
) -> None:
    handle, whole = await stream_run(runs, "chain", {}, **BODY)
    understood = []
    for form in FROM_START:
        # Not through `runs`: a form that this server does not know breaks no promise of its own.
        async with api.stream("GET", f"{handle.path}/stream", last_event_id=form) as stream:
            if stream.response.is_success and _ids(await stream.collect()) == _ids(whole):
                understood.append(form)
    same(f"whether any of {', '.join(FROM_START)} replays from the start", bool(understood), True)
    observe(f"from the start: {' '.join(understood)}")


@requirement("RSM-06")
async def test_a_run_under_way_can_be_read_from_its_start(runs: Runs, api: Api, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    with gate(sink, 1) as nonce:
        async with runs.stream(thread_id, "chain", {"steps": 3}, nonce=nonce, **BODY) as sub:
            first = await sub.collect(limit=3)
            path = f"{sub.handle.path}/stream"
            for form in FROM_START:
                async with api.stream("GET", path, last_event_id=form) as stream:
                    if not stream.response.is_success:
                        continue
                    sink.release(nonce)
                    replayed, rest = await stream.collect(), await sub.collect()
                    same_sequence("ids", _ids(replayed), _ids([*first, *rest]))
                    return
    raise AssertionError(f"none of {', '.join(FROM_START)} was accepted as Last-Event-ID")


@requirement("RSM-08")
async def test_joining_without_an_id_delivers_what_is_new_or_all_of_it(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink, 2) as nonce:
        async with runs.stream(thread_id, "chain", {"steps": 4}, nonce=nonce, **BODY) as first:
            await first.collect(limit=4)
            async with runs.join_stream(first.handle) as joined:
                sink.release(nonce)
                steps = _steps(await joined.collect())
    forms = {(2, 3): "only new events", (0, 1, 2, 3): "all events from the start"}
    if steps not in forms:
        raise AssertionError(f"steps {steps} came, but should have {' or '.join(map(str, forms))}")
    observe(forms[steps])


@requirement("RSM-09")
@pytest.mark.parametrize("malformed", ["not-an-id", "1-2-3", "-5", "12 34"])
async def test_a_malformed_id_is_refused_or_taken_for_none(
    runs: Runs, api: Api, sink: Sink, observe: Observed, malformed: str
) -> None:
    thread_id = await runs.new_thread()
    with gate(sink, 1) as nonce:
        async with runs.stream(thread_id, "chain", {"steps": 2}, nonce=nonce, **BODY) as whole:
            await whole.collect(limit=3)
            path = f"{whole.handle.path}/stream"
            async with api.stream("GET", path, last_event_id=malformed) as stream:
                sink.release(nonce)
                if stream.response.status_code == 422:
                    observe("422")
                    return
                same("status", stream.response.status_code, 200)
                events = await stream.collect()
    same("errors", payloads(events, "error"), [])
    forms = {(): "an empty stream", (1,): "treated as absent", (0, 1): "treated as absent"}
    same(f"whether {forms} has the steps {_steps(events)}", _steps(events) in forms, True)
    observe(forms[_steps(events)])


def _ids(events: list[SseEvent]) -> list[str | None]:
    return [event.id for event in events if event.name != "end"]


def _steps(events: list[SseEvent]) -> tuple[int, ...]:
    updates: list[dict[str, Any]] = payloads(events, "updates")
    return tuple(entry["i"] for each in updates if "step" in each for entry in each["step"]["log"])
