"""One client reads nothing for a while: the run and the other clients do not wait for it.

Its window is narrow, so that what it does not read piles up at the server and not in
the buffers of the operating system.
"""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from onceproof.conformance.access.clients import open_client, way_transport
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import demand_ticks, event_names, expect_no_later
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.streams import EventStream, StreamBroken
from onceproof.conformance.witness import Sink

TOTAL = 300
SIZE = 20_000
WINDOW = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)]


@requirement("STR-25")
async def test_a_reader_that_stops_reading_slows_neither_the_run_nor_the_others(
    runs: Runs, api: Api, sink: Sink, observe: Observed
) -> None:
    alone = await _seconds(runs, api, sink, observe, idle=False)
    beside = await _seconds(runs, api, sink, observe, idle=True)
    # A server that waits for its slowest reader would wait here for ever.
    expect_no_later(
        beside, 3 * alone + 3, f"a run that took {alone:.1f} s before, beside an idle reader,"
    )


async def _seconds(runs: Runs, api: Api, sink: Sink, observe: Observed, *, idle: bool) -> float:
    """How long a run of some megabytes takes from its first event to the last one read."""
    thread_id = await runs.new_thread()
    input: dict[str, Any] = {"total": TOTAL, "size": SIZE}
    with gate(sink) as nonce:
        handle = await runs.create(thread_id, "ticks", input, nonce=nonce, stream_mode="custom")
        await sink.async_wait_for(nonce, "begin")
        async with AsyncExitStack() as stack:
            reader = await stack.enter_async_context(runs.join_stream(handle, at=0))
            lazy = await stack.enter_async_context(_lazy(api, handle)) if idle else None
            began = time.monotonic()
            sink.release(nonce)
            demand_ticks(await reader.collect(timeout_s=60), nonce, TOTAL, size=SIZE)
            same("status", await runs.until_terminal(handle), "success")
            seconds = time.monotonic() - began
            if lazy is not None:
                await _catches_up(lazy, nonce, observe)
    return seconds


@asynccontextmanager
async def _lazy(api: Api, handle: RunHandle) -> AsyncIterator[EventStream]:
    """A stream of the run of which not a byte is read until it is asked for."""
    transport = way_transport(api.urls[0], socket_options=WINDOW)
    async with (
        open_client(api.urls[0], transport=transport, timeout=30) as http,
        http.stream("GET", f"{handle.path}/stream") as response,
    ):
        yield EventStream(response, timeout_s=30)


async def _catches_up(lazy: EventStream, nonce: str, observe: Observed) -> None:
    """It gets all of it after all, or is cut off; what it gets begins at the first event."""
    try:
        events = await lazy.collect()
    except StreamBroken as broken:
        observe("a reader that falls behind is cut off")
        events = broken.events
    else:
        last = event_names(events)[-1]
        observe(f"a reader that falls behind gets {len(events)} events, the last one {last!r}")
        if last != "error":
            demand_ticks(events, nonce, TOTAL, size=SIZE)
    numbers = [event.json()["seq"] for event in events if event.name == "custom"]
    same("events that the idle reader got, in order", numbers, list(range(len(numbers))))
