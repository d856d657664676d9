"""Waiting for a run that exists."""

import asyncio
import time
from uuid import uuid4

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_refusal, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

JOINERS = 20
#: Long enough to see that nothing comes, short enough to wait for.
WINDOW_S = 0.5
#: Less than the interval of keep-alives, at which a server would check again anyway.
PROMPT_S = 4.0


@requirement("RUN-18")
async def test_join_holds_until_the_run_has_ended(runs: Runs, sink: Sink) -> None:
    async with hold_run(runs, sink, await runs.new_thread(), step=1, steps=2) as handle:
        joining = asyncio.create_task(runs.join(handle))
        done, _ = await asyncio.wait({joining}, timeout=WINDOW_S)
        assert not done, "join answered while the run was running"
        sink.release(handle.nonce)
        released = time.monotonic()
        values = await joining
        took_s = time.monotonic() - released
    assert took_s < PROMPT_S, f"join answered {took_s:.1f} s after the last step was released"
    same("finished steps", [entry["i"] for entry in values["log"]], [0, 1])
    same("status after the answer", await runs.status(handle), "success")


@requirement("RUN-18")
async def test_join_of_a_finished_run_returns_at_once(runs: Runs) -> None:
    handle, values = await runs.wait(await runs.new_thread(), "chain", {"steps": 2})
    asked = time.monotonic()
    joined = await runs.join(handle)
    took_s = time.monotonic() - asked
    same("values", joined, values)
    assert took_s < PROMPT_S, f"join of a finished run took {took_s:.1f} s"


@requirement("RUN-18")
async def test_join_returns_the_values_of_a_run_that_streams_something_else(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    handle = await runs.create(thread_id, "ticks", {"total": 3}, stream_mode="custom")
    same("total in the result", (await runs.join(handle) or {}).get("total"), 3)


@requirement("RUN-19")
async def test_join_of_an_unknown_run_says_that_there_is_none(runs: Runs) -> None:
    expect_refusal(await runs.api.get(f"{runs_path(await runs.new_thread())}/{uuid4()}/join"), 404)


@requirement("RUN-20")
async def test_all_joiners_get_the_same_answer(runs: Runs, sink: Sink) -> None:
    places = range(len(runs.api.urls))
    async with hold_run(runs, sink, await runs.new_thread()) as handle:
        joining = [
            asyncio.create_task(runs.join(handle, at=places[n % len(places)]))
            for n in range(JOINERS)
        ]
        await asyncio.wait(joining, timeout=WINDOW_S)
        sink.release(handle.nonce)
        first, *others = await asyncio.gather(*joining)
    same("nonce in the first answer", first["nonce"], handle.nonce)
    same("answers that differ from the first", [each for each in others if each != first], [])


@requirement("REP-02")
async def test_stream_and_join_work_on_every_replica(runs: Runs, sink: Sink) -> None:
    """At most one of the two replicas executes the run."""
    here, there = require_two_replicas(runs.api)
    for at in (here, there):
        async with hold_run(runs, sink, await runs.new_thread(), at=here) as handle:
            joining = asyncio.create_task(runs.join(handle, at=at))
            async with runs.join_stream(handle, at=at) as sub:
                sink.release(handle.nonce)
                events = await sub.collect()
        same(f"nonce in the join at replica {at}", (await joining)["nonce"], handle.nonce)
        names = {event.name for event in events}
        assert "values" in names, f"the stream at replica {at} had only {sorted(names)}"
        same(f"how the stream at replica {at} ended", sub.stream.ended, "eof")
