"""A client that joins may ask for some of the modes only.

The run waits behind another one of its thread while the clients join, so all of them join before
its first event and what they get differs by the filter alone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.streams import CONTROL, mode_of, same_sequence, stream_run
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink

ALL = ["values", "updates", "custom"]
LIST = '["updates","custom"]'


@requirement("STR-22")
@pytest.mark.parametrize(
    ("form", "modes"), [("updates", {"updates"}), (LIST, {"updates", "custom"})]
)
async def test_a_client_that_joins_with_modes_gets_those_and_of_subgraphs_too(
    runs: Runs, sink: Sink, form: str, modes: set[str]
) -> None:
    everything, filtered = await _both(runs, sink, form)
    same("modes", {mode_of(event) for event in filtered} - CONTROL, modes)
    expected = [event for event in everything if mode_of(event) in modes]
    same("subgraph events among those expected", any("|" in e.name for e in expected), True)
    got = [event for event in filtered if mode_of(event) not in CONTROL]
    same_sequence("events", *([(e.name, e.data) for e in side] for side in (got, expected)))


@requirement("STR-22")
async def test_modes_given_one_by_one_are_understood(
    runs: Runs, sink: Sink, observe: Observed
) -> None:
    _, filtered = await _both(runs, sink, ["updates", "custom"])
    modes = {mode_of(event) for event in filtered} - CONTROL
    same("modes besides those asked for", modes - {"updates", "custom"}, set())
    same("whether any event came", bool(modes), True)
    observe(f"`stream_mode` given twice: {', '.join(sorted(modes))}")


@requirement("STR-22")
async def test_modes_filter_what_is_replayed_as_well(runs: Runs) -> None:
    body: dict[str, Any] = {"stream_mode": ALL, "stream_subgraphs": True, "stream_resumable": True}
    handle, everything = await stream_run(runs, "nested", {}, **body)
    async with runs.join_stream(handle, everything[0].id, modes="custom") as sub:
        replayed = await sub.collect()
    wanted = [event.id for event in everything if mode_of(event) == "custom"]
    got = [event.id for event in replayed if mode_of(event) not in CONTROL]
    same("number of custom events in the whole stream", len(wanted), 1)
    same("ids of what was replayed", got, wanted)


async def _both(
    runs: Runs, sink: Sink, form: str | list[str]
) -> tuple[Sequence[SseEvent], Sequence[SseEvent]]:
    """The events of one run without and with the filter."""
    async with _waiting(runs, sink) as (blocker, handle), AsyncExitStack() as stack:
        whole = await stack.enter_async_context(runs.join_stream(handle))
        part = await stack.enter_async_context(runs.join_stream(handle, modes=form))
        sink.release(blocker.nonce)
        return await asyncio.gather(whole.collect(), part.collect())


@asynccontextmanager
async def _waiting(runs: Runs, sink: Sink) -> AsyncIterator[tuple[RunHandle, RunHandle]]:
    """A run that stands still, and one of `nested` that waits for its end."""
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id, steps=1) as blocker:
        body: dict[str, Any] = {"stream_mode": ALL, "stream_subgraphs": True}
        yield blocker, await runs.create(thread_id, "nested", {"log": []}, **body)
