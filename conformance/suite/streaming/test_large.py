"""Events of a megabyte."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.streams import demand_ticks, payloads, stream_run
from onceproof.conformance.wire.runs import Runs

SIZE = 1_000_000


@requirement("STR-26")
async def test_an_event_of_one_megabyte_arrives_intact(runs: Runs) -> None:
    body: dict[str, Any] = {"stream_mode": ["custom", "values"]}
    handle, events = await stream_run(runs, "big", {"size": SIZE}, **body)
    demand_ticks(events, handle.nonce, 1, size=SIZE)
    same("size of the state's value", len(payloads(events, "values")[-1]["blob"]), SIZE)


@requirement("STR-26")
@pytest.mark.parametrize("from_end", [False, True], ids=["all of it", "its end"])
async def test_it_is_replayed_intact(runs: Runs, from_end: bool) -> None:
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
    handle, events = await stream_run(runs, "big", {"size": SIZE}, **body)
    async with runs.join_stream(handle, events[-1 if from_end else 0].id) as sub:
        replayed = await sub.collect()
    if from_end:
        same("events after the last", [event.name for event in replayed], [])
    else:
        demand_ticks(replayed, handle.nonce, 1, size=SIZE)
