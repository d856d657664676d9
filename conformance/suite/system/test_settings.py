"""Settings that no certification runs with as a whole: a small body limit, few worker slots.

A second deployment has them. A target that was not started here is judged by what it shows.
"""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import answered, has_fields, refused, same
from onceproof.conformance.suite.kit.deployments import second_deployment
from onceproof.conformance.suite.kit.gates import held_run
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.system.announced import ANNOUNCED, status_of_announced
from onceproof.conformance.targets import Target
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LIMIT = 1_000_000
SLOTS = 3
ENV = {"HTTP_MAX_REQUEST_BODY_BYTES": str(LIMIT), "N_JOBS_PER_WORKER": str(SLOTS)}


@pytest.fixture(scope="module")
async def limited(session: Session) -> AsyncIterator[Target | None]:
    """A deployment with these settings; None for a target that was not started here."""
    if session.target.levers is None:
        yield None
        return
    async with second_deployment(session, env=ENV) as target:
        yield target


@requirement("SYS-15", "LIM-03")
async def test_a_body_above_the_limit_is_413_and_the_next_request_is_served(
    api: Api, limited: Target | None, observed: Observed
) -> None:
    if limited is None:
        await announced_body_is_refused(api, observed)
        return
    async with Api(limited.urls) as client:
        refused(await client.post("/threads", content=b" " * (LIMIT + 1)), 413)
        same("ok after the refusal", answered(await client.get("/ok"))["ok"], True)
        refused(await client.post("/threads", content=in_chunks(LIMIT + 1)), 413)
        same("ok after the refusal", answered(await client.get("/ok"))["ok"], True)
        body = b'{"if_exists": "raise"}'
        thread = answered(await client.post("/threads", content=body + b" " * (LIMIT - len(body))))
        await client.delete(f"/threads/{thread['thread_id']}")


async def announced_body_is_refused(api: Api, observed: Observed) -> None:
    """A server that looks at the announced length refuses before any of it is sent."""
    status = await status_of_announced(api.urls[0])
    if status != 413:
        told = "not answered" if status is None else f"answered with {status}"
        inconclusive(
            f"the limit of the target is not known, and a body announced as {ANNOUNCED} bytes, of "
            f"which none came, was {told}"
        )
    observed("limit not known: a body announced as 1 TiB was refused before it was sent")
    same("ok after the refusal", answered(await api.get("/ok", at=0))["ok"], True)


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, size, 65_536):
        yield b" " * min(65_536, size - start)


@requirement("SYS-25")
async def test_metrics_show_the_slots_of_a_process_that_executes_runs(
    api: Api, session: Session, limited: Target | None, sink: Sink
) -> None:
    if limited is None:
        await slots_add_up(api)
        return
    [url] = [each.own_url for each in limited.replicas if each.role != "api"]
    async with Api(limited.urls) as client, Runs(client, session.history, sink.url) as runs:
        same("slots without a run", await slots(client, url), (SLOTS, 0, SLOTS))
        async with held_run(runs, sink, await runs.new_thread(), steps=1) as handle:
            same("slots with one run", await slots(client, url), (SLOTS, 1, SLOTS - 1))
        await runs.until_terminal(handle)


async def slots_add_up(api: Api) -> None:
    """All that can be judged of a target whose settings are not known."""
    shown = [each for url in api.urls if (each := await slots(api, url)) is not None]
    if not shown:
        inconclusive("no address of a process that executes runs is known")
    for most, active, available in shown:
        same("active and available slots", active + available, most)


async def slots(api: Api, url: str | None) -> tuple[int, int, int] | None:
    """What `/metrics` at this address says of slots: the most, the active, the available ones."""
    figures = answered(await api.get(f"{url}/metrics", params={"format": "json"}))
    if "workers" not in figures:
        return None
    workers = figures["workers"]
    has_fields("workers", workers, ("max", "active", "available"))
    return workers["max"], workers["active"], workers["available"]
