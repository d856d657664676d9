"""A thousand clients that follow runs which stay silent for a long time."""

import asyncio

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.exclusive import CROWDS, touches_others
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.replicas import read_health
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.limits.idle_streams import open_idle_streams, resident_bytes
from onceproof.conformance.targets import Target
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

STREAMS, RUNS = 1000, 20
#: The heartbeat interval of STR-15, and a margin for a thousand streams at once.
HEARTBEAT_S = 20.0
#: A stream that keeps a thread or a megabyte of buffers of its own takes more.
EACH_BYTES = 300_000


@touches_others(CROWDS)
@requirement("LIM-06")
async def test_a_replica_holds_a_thousand_idle_streams(
    api: Api, target: Target, session: Session, runs: Runs, observe: Observed
) -> None:
    thread_id = await runs.new_thread()
    silent = [
        await runs.create(thread_id, any_graph(), {}, after_seconds=3600) for _ in range(RUNS)
    ]
    paths = [f"{handle.path}/stream" for handle in silent] * (STREAMS // RUNS)
    before = measure_memory(target)
    async with open_idle_streams(api.urls[0], paths) as streams:
        same("statuses", {stream.status for stream in streams}, {"200"})
        async with asyncio.timeout(HEARTBEAT_S):
            await asyncio.gather(*(stream.heard.wait() for stream in streams))
        statuses = {await runs.status(handle) for handle in silent}
        if statuses & TERMINAL:
            inconclusive("the target ignores after_seconds: a run that should still wait has ended")
        same("closed streams", sum(stream.closed for stream in streams), 0)
        same("health beside them", await read_health(api, session), 200)
        grown = measure_memory(target) - before
    if not before:
        observe("a thousand idle streams stay open; the target's memory is not visible from here")
        return
    observe(f"a thousand idle streams take {grown / 1e6:.0f} MB")
    assert grown < EACH_BYTES * len(streams), (
        f"{len(streams)} idle streams take {grown / 1e6:.0f} MB, but should take at most "
        f"{EACH_BYTES / 1000:.0f} kB each"
    )


def measure_memory(target: Target) -> int:
    """Return the resident memory of the first replica; 0 if it is not visible from here."""
    if target.levers is None:
        return 0
    names = [each.name for each in target.replicas if each.url == target.urls[0]]
    # A gateway's address is no replica's.
    return resident_bytes(target.levers, names[0]) if names else 0
