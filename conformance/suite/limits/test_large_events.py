"""Events near the limit of 128 MiB, and beyond it."""

from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.streams import demand_ticks, event_names, stream_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

MIB = 1024 * 1024
BELOW = 120 * MIB
BEYOND = 132 * MIB


@requirement("LIM-04")
async def test_an_event_of_120_mib_arrives_intact(runs: Runs) -> None:
    knobs = {"total": 1, "size": BELOW}
    handle, events = await stream_run(runs, "ticks", knobs, stream_mode="custom")
    demand_ticks(events, handle.nonce, 1, size=BELOW)


@requirement("LIM-04")
async def test_a_larger_event_takes_nothing_else_along(api: Api, runs: Runs) -> None:
    # Not recorded in the history: what happens to the event itself is up to the server.
    knobs = {"nonce": "beyond", "total": 1, "size": BEYOND}
    body: dict[str, Any] = {"assistant_id": "ticks", "input": knobs, "stream_mode": "custom"}
    async with api.stream("POST", "/runs/stream", json=body, timeout_s=60) as stream:
        await stream.collect()
    later, events = await stream_run(runs, "ticks", {"total": 3}, stream_mode="custom")
    same("events of a run afterwards", event_names(events), ["metadata", *["custom"] * 3])
    demand_ticks(events, later.nonce, 3)
