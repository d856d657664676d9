"""Two deployments with identical thread ids on one Redis and one Postgres do not meet."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.stacks.uris import with_redis_number
from onceproof.conformance.suite.deployment.contents import (
    channels,
    keys,
    keyspace,
    watch_publications,
)
from onceproof.conformance.suite.deployment.pair import PREFIX, Pair
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.deployments import Deployment
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.witness import Execution

TICKS = {"total": 30, "sleep_ms": 5}
RESUMABLE: dict[str, Any] = {"stream_mode": ["custom"], "stream_resumable": True}


@pytest.fixture
async def thread_id(pair: Pair) -> str:
    """One thread id that both have."""
    made = str(uuid4())
    for deployment in pair.both:
        assert await deployment.runs.new_thread(thread_id=made) == made
    return made


async def stop_run(
    pair: Pair, deployment: Deployment, thread_id: str
) -> tuple[RunHandle, Execution]:
    """Create a run that stands inside its first step until it is released."""
    nonce = new_nonce()
    pair.sink.hold(nonce, 0)
    handle = await deployment.runs.create(thread_id, "chain", {"steps": 2}, nonce=nonce)
    [execution] = await pair.sink.async_wait_for(nonce, "begin", step=0)
    return handle, execution


async def stream_nonces(deployment: Deployment, thread_id: str) -> set[str]:
    """Stream a run, and return whether each of its events is its own."""
    async with deployment.runs.stream(thread_id, "ticks", TICKS, **RESUMABLE) as sub:
        events = await sub.collect()
    custom = [event.json() for event in events if event.name == "custom"]
    same("how many events came", len(custom), TICKS["total"])
    return {event["nonce"] == sub.nonce for event in custom}


@requirement("DEP-03", "DEP-07")
async def test_streams_of_one_thread_id_carry_their_own_events_only(
    pair: Pair, thread_id: str
) -> None:
    origins = await asyncio.gather(*(stream_nonces(each, thread_id) for each in pair.both))
    same("whether events were the run's own", origins, [{True}, {True}])


@requirement("DEP-03", "DEP-07")
async def test_a_cancel_stops_the_run_of_its_own_deployment_only(
    pair: Pair, thread_id: str
) -> None:
    first, second = pair.both
    (mine, _), (other, _) = [await stop_run(pair, each, thread_id) for each in pair.both]
    await first.runs.cancel(mine)
    same("the cancelled run", await first.runs.until_terminal(mine), "interrupted")
    same("the run of the other deployment", await second.runs.status(other), "running")
    for handle in (mine, other):
        pair.sink.release(handle.nonce)
    same("its end", await second.runs.until_terminal(other), "success")


@requirement("DEP-03", "DEP-07")
async def test_runs_are_executed_by_the_workers_of_their_own_deployment(
    pair: Pair, thread_id: str
) -> None:
    for deployment in pair.both:
        handle, execution = await stop_run(pair, deployment, thread_id)
        pair.sink.release(handle.nonce)
        await deployment.runs.until_terminal(handle)
        owner = deployment.levers.owner(execution.pid, execution.host)
        assert owner is not None, f"process {execution.pid} is none of this deployment"


@requirement("DEP-03")
async def test_no_channel_is_used_by_both(pair: Pair, thread_id: str) -> None:
    """Channels know no database numbers: what one publishes on a name, all on it hear."""
    async with watch_publications(pair.first.databases.redis_uri) as said:
        for deployment in pair.both:
            await stream_nonces(deployment, thread_id)
            handle, _ = await stop_run(pair, deployment, thread_id)
            await deployment.runs.cancel(handle)
            pair.sink.release(handle.nonce)
            await deployment.runs.until_terminal(handle)
    first, second = (
        {name for db, name in said if db == each.databases.number} for each in pair.both
    )
    if not (first and second):
        inconclusive("the target publishes nothing on channels of Redis")
    same("channels of both", first & second, set())


@requirement("DEP-07")
async def test_neither_knows_what_the_other_stores(pair: Pair, thread_id: str) -> None:
    first, second = pair.both
    handle, _ = await first.runs.wait(thread_id, "chain", {})
    same("status of the other's run", (await second.api.get(handle.path)).status_code, 404)
    mine = expect(await second.api.get(f"/threads/{thread_id}/state"))
    same("state of the thread of the same id", mine["values"] or {}, {})


@requirement("DEP-02")
async def test_keys_are_in_the_redis_number_of_the_deployment_only(
    pair: Pair, thread_id: str
) -> None:
    handles = [
        (await each.runs.wait(thread_id, "ticks", TICKS, **RESUMABLE))[0] for each in pair.both
    ]
    for deployment, handle in zip(pair.both, handles, strict=True):
        places = {
            number
            for number in await keyspace(deployment.databases.redis_uri)
            for key in await keys(with_redis_number(deployment.databases.redis_uri, number))
            if handle.run_id in key.name or handle.nonce.encode() in key.content
        }
        same("the Redis numbers that know of the run", places, {deployment.databases.number})


@requirement("DEP-05")
async def test_a_prefix_is_in_front_of_every_key_and_channel(pair: Pair, thread_id: str) -> None:
    deployment = pair.second
    await deployment.runs.wait(thread_id, "ticks", TICKS, **RESUMABLE)
    handle, _ = await stop_run(pair, deployment, thread_id)
    async with deployment.runs.join_stream(handle):
        heard = await channels(deployment.databases.redis_uri)
    pair.sink.release(handle.nonce)
    await deployment.runs.until_terminal(handle)
    found = [key.name for key in await keys(deployment.databases.redis_uri)]
    assert found, "a resumable run has left no key"
    same("keys without it", [name for name in found if not name.startswith(PREFIX)], [])
    of_run = [name for name in heard if handle.run_id in name]
    assert any(name.startswith(PREFIX) for name in heard), f"no channel has it: {heard[:8]}"
    same("channels without it", [name for name in of_run if not name.startswith(PREFIX)], [])
