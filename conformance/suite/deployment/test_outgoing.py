"""What leaves the deployment: licence, usage, traces, and nothing when nothing may."""

import asyncio
import json
import time

from onceproof.conformance.faults import revive
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.boots import refusal
from onceproof.conformance.suite.deployment.egress import connections_out
from onceproof.conformance.suite.deployment.licence import licensed
from onceproof.conformance.suite.deployment.pair import KEY, Pair
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.witness import Beacon

RUNS = 3
#: A run of three quick steps; one that waits for somebody outside takes longer than this.
PROMPT_S = 5.0
STOP_S = 15.0


async def some_runs(deployment: Deployment) -> tuple[list[RunHandle], float]:
    """Short runs one after another, and the seconds that the slowest took."""
    handles, slowest_s = [], 0.0
    thread_id = await deployment.runs.new_thread()
    for _ in range(RUNS):
        begin = time.monotonic()
        handle, _ = await deployment.runs.wait(thread_id, "chain", {})
        slowest_s = max(slowest_s, time.monotonic() - begin)
        same("its status", await deployment.runs.status(handle), "success")
        handles.append(handle)
    return handles, slowest_s


def pids(deployment: Deployment) -> list[int]:
    """Of all processes of the deployment."""
    found = [pid for name in deployment.names for pid in deployment.levers.pids(name)]
    if not found:
        inconclusive("the processes of the target cannot be seen from here")
    return found


def outside(pair: Pair, deployment: Deployment) -> set[str]:
    """What it is connected to outside of this machine."""
    return connections_out(pids(deployment), pair.sink.host)


@requirement("DEP-15")
async def test_the_licence_is_verified_once_by_each_process_and_not_by_requests(
    pair: Pair, session: Session
) -> None:
    licensed(session)
    await some_runs(pair.first)
    told = [each.body for each in pair.beacon.verifications]
    starts = [*pair.first.names, *pair.revived]
    same("what was asked", told, [{"license": KEY}] * len(starts))


@requirement("DEP-15")
async def test_a_refused_licence_ends_the_start(pair: Pair, session: Session) -> None:
    licensed(session)
    with Beacon(verify=403, host=session.sink.host) as beacon:
        made = await refusal(session, _with_key(pair, session, KEY, beacon))
        same("how often the beacon was asked", len(beacon.verifications), 1)
    same("whether it served", made.serves, False)
    assert made.status, f"the exit status is {made.status}, but should not be 0"


@requirement("DEP-17")
async def test_usage_is_counted_kept_over_a_refusal_and_nothing_else_is_told(
    pair: Pair, session: Session
) -> None:
    licensed(session)
    pair.beacon.usage = 500
    try:
        handles, _ = await some_runs(pair.first)
        # By then each worker has told its counts at least once, and been refused.
        told = len(pair.beacon.reports) + 2 * len(pair.first.names)
        await asyncio.to_thread(_until_reported, pair, told)
    finally:
        pair.beacon.usage = 200
    begin = len(pair.beacon.reports)

    async def counted() -> bool:
        taken = [each.body["measures"] for each in pair.beacon.reports[begin:]]
        runs, nodes = (sum(each[name] for each in taken) for name in ("runs", "nodes"))
        return runs >= len(handles) and nodes >= 3 * len(handles)

    await expect_eventually("that the next reports have all runs and nodes", counted, True)
    known = {"license", "from_timestamp", "to_timestamp", "measures"}
    for report in pair.beacon.reports:
        same("what a report tells", set(report.body), known)
        for handle in handles:
            for word in (handle.nonce, handle.run_id, str(handle.thread_id)):
                assert word not in json.dumps(report.body), f"a report tells {word}"


def _until_reported(pair: Pair, count: int) -> None:
    pair.beacon.wait(count + len(pair.beacon.verifications))


@requirement("DEP-18")
async def test_without_a_way_out_runs_start_and_stream_at_once(pair: Pair) -> None:
    _, slowest_s = await some_runs(pair.second)
    assert slowest_s < PROMPT_S, f"a short run took {slowest_s:.1f} s with no way out"
    begin = time.monotonic()
    thread_id = await pair.second.runs.new_thread()
    async with pair.second.runs.stream(thread_id, "ticks", {}, stream_mode=["custom"]) as sub:
        events = await sub.collect()
    assert len(events) > 10, f"a stream of 10 ticks had {len(events)} events"
    assert time.monotonic() - begin < PROMPT_S, "a short stream took too long with no way out"
    same("connections to the outside", outside(pair, pair.second), set())


@requirement("DEP-20")
async def test_without_tracing_nothing_is_sent_to_the_collector(pair: Pair) -> None:
    await some_runs(pair.second)
    same("calls to the collector", [each.path for each in pair.untold.deliveries], [])


@requirement("DEP-19")
async def test_traces_go_to_the_collector_which_may_hang(pair: Pair) -> None:
    await some_runs(pair.first)

    async def traced() -> bool:
        return any(each.method == "POST" for each in pair.traces.deliveries)

    if not pair.traces.deliveries:
        await expect_eventually("that traces arrive", traced, True)
    same("connections elsewhere", outside(pair, pair.first), set())
    pair.traces.hang()
    _, slowest_s = await some_runs(pair.first)
    assert slowest_s < PROMPT_S, f"a short run took {slowest_s:.1f} s with a silent collector"
    name, levers = pair.first.names[-1], pair.first.levers
    status = await asyncio.to_thread(levers.terminate, name, STOP_S)
    await asyncio.to_thread(revive, levers, [name])
    pair.revived.append(name)
    assert status is not None, f"a process told to stop goes on for {STOP_S:g} s"


def _with_key(pair: Pair, session: Session, key: str, beacon: Beacon) -> dict[str, str]:
    return {
        "DATABASE_URI": pair.first.databases.database_uri,
        "REDIS_URI": pair.first.databases.redis_uri,
        "LANGGRAPH_CLOUD_LICENSE_KEY": key,
        "LANGGRAPH_BEACON_ENDPOINT": beacon.url,
    }
