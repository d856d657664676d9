"""The frame of a stream: its headers, its line ends, its first event."""

import httpx
import pytest

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.preflight.gateways import name_gateway
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import describe_request, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.stream_modes import MODES
from onceproof.conformance.suite.kit.streams import stream_run
from onceproof.conformance.wire.runs import Runs


@requirement("STR-01")
async def test_the_stream_of_a_new_run_is_an_event_stream_that_nobody_buffers(
    runs: Runs, observe: Observed
) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", {"total": 1}) as sub:
        _demand_headers(sub.stream.response, observe)


@requirement("STR-01")
async def test_the_stream_of_a_stateless_run_is_one_too(runs: Runs, observe: Observed) -> None:
    async with runs.stream(None, "ticks", {"total": 1}) as sub:
        _demand_headers(sub.stream.response, observe)
        await sub.collect()


@requirement("STR-01")
async def test_the_stream_that_a_client_joins_is_one_too(runs: Runs, observe: Observed) -> None:
    handle = await runs.create(await runs.new_thread(), "ticks", {"total": 1})
    async with runs.join_stream(handle) as sub:
        _demand_headers(sub.stream.response, observe)


@requirement("STR-02")
@pytest.mark.parametrize("mode", MODES)
async def test_the_first_event_names_the_run(runs: Runs, observe: Observed, mode: str) -> None:
    handle, events = await stream_run(runs, MODES[mode].graph, MODES[mode].input, stream_mode=mode)
    first = events[0]
    same("first event", first.name, "metadata")
    same("run_id in it", first.json().get("run_id"), handle.run_id)
    observe(f"attempt in `metadata`: {first.json().get('attempt')}")


@requirement("STR-32")
async def test_all_lines_end_alike_with_lf_or_crlf(runs: Runs, observe: Observed) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "ticks", {"total": 50}, stream_resumable=True) as sub:
        await sub.collect()
    seen = sub.stream.parser.line_endings
    if seen not in ({"LF"}, {"CRLF"}):
        raise AssertionError(f"lines end with {sorted(seen)}, but should with LF or CRLF alone")
    observe(next(iter(seen)))


def _demand_headers(response: httpx.Response, observe: Observed) -> None:
    __tracebackhide__ = True
    call, headers = describe_request(response), response.headers
    same(f"status of {call}", response.status_code, 200)
    same(f"content-type of {call}", read_media_type(headers), "text/event-stream")
    caching = {word.strip().lower() for word in headers.get("cache-control", "").split(",")}
    same(f"no-store in cache-control of {call}, {sorted(caching)},", "no-store" in caching, True)
    buffering, gateway = headers.get("x-accel-buffering"), name_gateway(headers)
    if buffering is None and gateway is not None:  # it keeps what was meant for it: see STR-18
        observe(f"x-accel-buffering stays with {gateway.name}")
        return
    same(f"x-accel-buffering of {call}", buffering, "no")
