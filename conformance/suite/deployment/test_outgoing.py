"""What leaves the deployment: licence, usage, traces, and nothing when nothing may."""

import asyncio
import json
import time

from onceproof.conformance.faults import revive
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.boots import start_in_vain
from onceproof.conformance.suite.deployment.egress import find_outside_connections
from onceproof.conformance.suite.deployment.licence import require_licence_service
from onceproof.conformance.suite.deployment.pair import KEY, Pair
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually, poll_until
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.witness import Beacon

RUNS = 3
#: A run of three quick steps; one that waits for somebody outside takes longer than this.
PROMPT_S = 5.0
STOP_S = 15.0
#: Traces are sent in batches, every few seconds.
TRACED_S = 15.0


async def time_runs(deployment: Deployment) -> tuple[list[RunHandle], float]:
    """Run short runs one after another; return them and the seconds that the slowest took."""
    handles, slowest_s = [], 0.0
    thread_id = await deployment.runs.new_thread()
    for _ in range(RUNS):
        begin = time.monotonic()
        handle, _ = await deployment.runs.wait(thread_id, "chain", {})
        slowest_s = max(slowest_s, time.monotonic() - begin)
        same("its status", await deployment.runs.status(handle), "success")
        handles.append(handle)
    return handles, slowest_s


def list_pids(deployment: Deployment) -> list[int]:
    """List the host PIDs of all processes of the deployment."""
    found = [pid for name in deployment.names for pid in deployment.levers.pids(name)]
    if not found:
        inconclusive("the processes of the target cannot be seen from here")
    return found


def list_outside_connections(pair: Pair, deployment: Deployment) -> set[str]:
    """List what it is connected to outside this machine."""
    return find_outside_connections(list_pids(deployment), pair.sink.host)


@requirement("DEP-15")
async def test_the_licence_is_verified_once_by_each_process_and_not_by_requests(
    pair: Pair, session: Session
) -> None:
    require_licence_service(session, pair.beacon)
    await time_runs(pair.first)
    asked = [each.body for each in pair.beacon.verifications]
    starts = [*pair.first.names, *pair.revived]
    same("what was asked", asked, [{"license": KEY}] * len(starts))


@requirement("DEP-15")
async def test_a_refused_licence_ends_the_start(pair: Pair, session: Session) -> None:
    require_licence_service(session, pair.beacon)
    with Beacon(verify=403, host=session.sink.host) as beacon:
        made = await start_in_vain(session, _with_key(pair, session, KEY, beacon))
        same("how often the beacon was asked", len(beacon.verifications), 1)
    same("whether it served", made.serves, False)
    assert made.status, f"the exit status is {made.status}, but should not be 0"


@requirement("DEP-17")
async def test_usage_is_counted_kept_over_a_refusal_and_nothing_else_is_told(
    pair: Pair, session: Session
) -> None:
    require_licence_service(session, pair.beacon)
    pair.beacon.usage = 500
    try:
        handles, _ = await time_runs(pair.first)
        if not (session.target.offers("licence-service") or pair.beacon.reports):
            inconclusive("it has not reported its usage yet")
        # By then each worker has sent its counts at least once, and been refused.
        count = len(pair.beacon.reports) + 2 * len(pair.first.names)
        await asyncio.to_thread(_wait_for_reports, pair, count)
    finally:
        pair.beacon.usage = 200
    begin = len(pair.beacon.reports)

    async def has_counts() -> bool:
        taken = [each.body["measures"] for each in pair.beacon.reports[begin:]]
        runs, nodes = (sum(each[name] for each in taken) for name in ("runs", "nodes"))
        return runs >= len(handles) and nodes >= 3 * len(handles)

    await expect_eventually("that the next reports have all runs and nodes", has_counts, True)
    known = {"license", "from_timestamp", "to_timestamp", "measures"}
    for report in pair.beacon.reports:
        same("the fields of a report", set(report.body), known)
        for handle in handles:
            for word in (handle.nonce, handle.run_id, str(handle.thread_id)):
                assert word not in json.dumps(report.body), f"a report contains {word}"


def _wait_for_reports(pair: Pair, count: int) -> None:
    pair.beacon.wait(count + len(pair.beacon.verifications))


@requirement("DEP-18")
async def test_without_a_way_out_runs_start_and_stream_at_once(pair: Pair) -> None:
    _, slowest_s = await time_runs(pair.second)
    assert slowest_s < PROMPT_S, f"a short run took {slowest_s:.1f} s with no way out"
    begin = time.monotonic()
    thread_id = await pair.second.runs.new_thread()
    async with pair.second.runs.stream(thread_id, "ticks", {}, stream_mode=["custom"]) as sub:
        events = await sub.collect()
    assert len(events) > 10, f"a stream of 10 ticks had {len(events)} events"
    assert time.monotonic() - begin < PROMPT_S, "a short stream took too long with no way out"
    same("connections to the outside", list_outside_connections(pair, pair.second), set())


@requirement("DEP-20")
async def test_without_tracing_nothing_is_sent_to_the_collector(pair: Pair) -> None:
    """Of the same runs the one with tracing sends something, or its silence says nothing."""
    await time_runs(pair.first)
    await time_runs(pair.second)
    if not await poll_until(lambda: _has_traces(pair), TRACED_S):
        inconclusive("it sends no traces with LANGSMITH_TRACING=true either")
    same("calls to the collector", [each.path for each in pair.untold.deliveries], [])


@requirement("DEP-19")
async def test_traces_go_to_the_collector_which_may_hang(pair: Pair) -> None:
    await time_runs(pair.first)

    await expect_eventually("that traces arrive", lambda: _has_traces(pair), True)
    same("connections elsewhere", list_outside_connections(pair, pair.first), set())
    pair.traces.hang()
    _, slowest_s = await time_runs(pair.first)
    assert slowest_s < PROMPT_S, f"a short run took {slowest_s:.1f} s with a silent collector"
    name, levers = pair.first.names[-1], pair.first.levers
    status = await asyncio.to_thread(levers.terminate, name, STOP_S)
    await asyncio.to_thread(revive, levers, [name])
    pair.revived.append(name)
    assert status is not None, f"a process that got SIGTERM goes on for {STOP_S:g} s"


async def _has_traces(pair: Pair) -> bool:
    return any(each.method == "POST" for each in pair.traces.deliveries)


def _with_key(pair: Pair, session: Session, key: str, beacon: Beacon) -> dict[str, str]:
    return {
        "DATABASE_URI": pair.first.databases.database_uri,
        "REDIS_URI": pair.first.databases.redis_uri,
        "LANGGRAPH_CLOUD_LICENSE_KEY": key,
        "LANGGRAPH_BEACON_ENDPOINT": beacon.url,
    }
