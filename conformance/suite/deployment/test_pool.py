"""A deployment opens no more Postgres connections than it was allowed."""

import asyncio

import asyncpg
import httpx

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.deployment.pair import POOL, Pair
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.operations import OutcomeUnknown

RUNS = 60
STATES = 40

#: All but the session that asks.
_COUNT = "select count(*) from pg_stat_activity where datname = current_database() and pid <> $1"


@requirement("DEP-26")
async def test_connections_stay_within_the_pool_limit_of_all_processes(pair: Pair) -> None:
    deployment = pair.first
    limit, most = POOL * len(deployment.names), 0
    asker = await asyncpg.connect(deployment.databases.database_uri)

    async def load() -> None:
        handle, _ = await deployment.runs.wait(await deployment.runs.new_thread(), "chain", {})
        reads = (deployment.api.get(f"/threads/{handle.thread_id}/state") for _ in range(STATES))
        waits = (deployment.runs.wait(None, "chain", {"steps": 2}) for _ in range(RUNS))
        await asyncio.gather(*reads, *waits)

    async def try_load() -> httpx.TransportError | OutcomeUnknown | None:
        try:
            await load()
        except (httpx.TransportError, OutcomeUnknown) as error:
            return error
        return None

    loading = asyncio.create_task(try_load())

    async def over() -> bool:
        nonlocal most
        most = max(most, await asker.fetchval(_COUNT, asker.get_server_pid()))
        return loading.done()

    try:
        await expect_eventually("that the load is over", over, True, within_s=60)
        unanswered = await loading
    finally:
        await asker.close()
    assert 0 < most <= limit, f"{most} connections, but the limit is {limit}"
    if unanswered is not None:
        inconclusive(f"it opened {most} connections at most, but did not finish: {unanswered}")
