"""Streams that end badly, and streams of runs that nobody knows."""

from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import event_names, stream_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink


@requirement("STR-13")
async def test_a_graph_that_raises_ends_its_stream_with_class_and_message(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "fail", {"message": "no luck"}) as sub:
        events = await sub.collect()
    same("status", sub.stream.response.status_code, 200)
    _demand_last_is_error(events)
    error = {"error": "ValueError", "message": "no luck"}
    same("the error", _read_error(events), error)
    same("how the stream ended", sub.stream.ended, "eof")


@requirement("STR-13")
async def test_an_error_of_a_class_of_the_graphs_own_is_told_too(runs: Runs) -> None:
    _, events = await stream_run(runs, "customerr", {}, stream_mode="updates")
    _demand_last_is_error(events)
    kinds = {name: type(value).__name__ for name, value in _read_error(events).items()}
    same("types of error and message", kinds, {"error": "str", "message": "str"})


@requirement("STR-13")
async def test_a_client_that_joined_sees_the_error_too(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    with gate(sink) as nonce:
        handle = await runs.create(thread_id, "fail", {"message": "no luck"}, nonce=nonce)
        await sink.async_wait_for(nonce, "begin")
        async with runs.join_stream(handle) as sub:
            sink.release(nonce)
            events = await sub.collect()
    _demand_last_is_error(events)
    same("its message", _read_error(events)["message"], "no luck")


@requirement("STR-29")
async def test_the_stream_of_an_unknown_run_is_404(api: Api, runs: Runs, observe: Observed) -> None:
    path = f"/threads/{await runs.new_thread()}/runs/{uuid4()}/stream"
    async with api.stream("GET", path) as stream:
        if stream.response.status_code == 404:
            observe("404")
            return
        same("status of the stream of an unknown run", stream.response.status_code, 200)
        events = await stream.collect()
    same("events of an unknown run", event_names(events), ["error"])
    same("404 in the error", "404" in events[0].data.decode(), True)
    observe("200 with one `error` event that says 404")


@requirement("STR-29")
async def test_a_run_is_not_found_under_another_thread(api: Api, runs: Runs) -> None:
    handle, _ = await stream_run(runs, "ticks", {"total": 1}, stream_resumable=True)
    other = await runs.new_thread()
    path = f"/threads/{other}/runs/{handle.run_id}/stream"
    async with api.stream("GET", path, last_event_id="0") as stream:
        events = [] if stream.response.status_code == 404 else await stream.collect()
    other_names = [event.name for event in events if event.name != "error"]
    same("events of a run asked for under a thread that is not its own", other_names, [])


def _demand_last_is_error(events: list[SseEvent]) -> None:
    __tracebackhide__ = True
    same("errors", event_names(events).count("error"), 1)
    same("the last event", event_names(events)[-1], "error")


def _read_error(events: list[SseEvent]) -> dict[str, object]:
    error = next(event.json() for event in events if event.name == "error")
    return {name: error[name] for name in ("error", "message")}
