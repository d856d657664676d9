"""Settings that a certification does not use elsewhere: a small body limit, few worker slots.

A second deployment has them. A target that onceproof did not start is judged by what it shows.
"""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect, expect_fields, expect_refusal, same
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.system.announced import ANNOUNCED, announce_body
from onceproof.conformance.targets import Target
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LIMIT = 1_000_000
SLOTS = 3
ENV = {"HTTP_MAX_REQUEST_BODY_BYTES": str(LIMIT), "N_JOBS_PER_WORKER": str(SLOTS)}


@pytest.fixture(scope="module")
async def limited_target(session: Session) -> AsyncIterator[Target | None]:
    """Provide a deployment with these settings; None for a target that onceproof did not start."""
    if not session.target.offers("second-deployment"):
        yield None
        return
    async with start_deployment(session, ENV) as deployment:
        yield deployment.target


@requirement("SYS-15", "LIM-03")
async def test_a_body_above_the_limit_is_413_and_the_next_request_is_served(
    api: Api, limited_target: Target | None, observe: Observed
) -> None:
    if limited_target is None:
        await expect_refusal_by_length(api, observe)
        return
    async with Api(limited_target.urls, guard=api.guard) as client:
        expect_refusal(await client.post("/threads", content=b" " * (LIMIT + 1)), 413)
        same("ok after the refusal", expect(await client.get("/ok"))["ok"], True)
        expect_refusal(await client.post("/threads", content=iterate_chunks(LIMIT + 1)), 413)
        same("ok after the refusal", expect(await client.get("/ok"))["ok"], True)
        body = b'{"if_exists": "raise"}'
        thread = expect(await client.post("/threads", content=body + b" " * (LIMIT - len(body))))
        await client.delete(f"/threads/{thread['thread_id']}")


async def expect_refusal_by_length(api: Api, observe: Observed) -> None:
    """Expect 413 for an announced length, before any of the body is sent."""
    status = await announce_body(api.urls[0])
    if status != 413:
        answer = "not answered" if status is None else f"answered with {status}"
        inconclusive(
            f"the target's limit is unknown, and announcing a body of {ANNOUNCED} bytes without "
            f"sending it was {answer}"
        )
    observe("limit unknown: a body announced as 1 TiB was refused before it was sent")
    same("ok after the refusal", expect(await api.get("/ok", at=0))["ok"], True)


async def iterate_chunks(size: int) -> AsyncIterator[bytes]:
    """Yield a body in chunks, so that its length is not announced."""
    for start in range(0, size, 65_536):
        yield b" " * min(65_536, size - start)


@requirement("SYS-25")
async def test_metrics_show_the_slots_of_a_process_that_executes_runs(
    api: Api, session: Session, limited_target: Target | None, sink: Sink
) -> None:
    if limited_target is None:
        await expect_slots_to_add_up(api)
        return
    [url] = [each.own_url for each in limited_target.replicas if each.role != "api"]
    async with (
        Api(limited_target.urls, guard=api.guard) as client,
        Runs(client, session.history, sink.url) as runs,
    ):
        same("slots without a run", await read_slots(client, url), (SLOTS, 0, SLOTS))
        async with hold_run(runs, sink, await runs.new_thread(), steps=1) as handle:
            same("slots with one run", await read_slots(client, url), (SLOTS, 1, SLOTS - 1))
        await runs.until_terminal(handle)


async def expect_slots_to_add_up(api: Api) -> None:
    """Expect consistent slots, all that can be judged of a target with unknown settings."""
    shown = [each for url in api.urls if (each := await read_slots(api, url)) is not None]
    if not shown:
        inconclusive("no process that executes runs has an address that onceproof knows")
    for most, active, available in shown:
        same("active and available slots", active + available, most)


async def read_slots(api: Api, url: str | None) -> tuple[int, int, int] | None:
    """Read the slots in `/metrics` at this address: maximum, active and available ones."""
    figures = expect(await api.get(f"{url}/metrics", params={"format": "json"}))
    if "workers" not in figures:
        return None
    workers = figures["workers"]
    expect_fields("workers", workers, ("max", "active", "available"))
    return workers["max"], workers["active"], workers["available"]
