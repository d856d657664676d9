"""Postgres or Redis is lost: the health route reports it, and the process stays reachable.

Each outage happens once. First the plain route is requested, then the one that checks the
dependencies, which also sees them come back.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from onceproof.conformance.faults import fault
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.stacks import StackLevers
from onceproof.conformance.suite.kit.assertions import describe_request, expect
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import SERVICES, not_judged
from onceproof.conformance.wire.client import Api

REPORTED_WITHIN_S = 10.0
ANSWER_WITHIN_S = 3.0
BACK_WITHIN_S = 30.0
POLL_S = 0.1

CHECK_DB = {"check_db": "1"}


@dataclass(frozen=True)
class Outage:
    """A dependency that is lost since `begun` (monotonic seconds), until `end` is called."""

    service: str
    begun: float
    end: Callable[[], None]


@pytest.fixture(scope="module", params=["paused", "killed"])
def how(request: pytest.FixtureRequest) -> str:
    """Choose how the service fails: paused, it keeps connections open; killed, it refuses them."""
    return request.param


@pytest.fixture(scope="module", params=["postgres", "redis"])
async def outage(
    request: pytest.FixtureRequest, how: str, api: Api, session: Session
) -> AsyncIterator[Outage]:
    service: str = request.param
    if (await api.get("/ok")).status_code == httpx.codes.NOT_FOUND:
        # Without the route an outage would show nothing: the tests fail at once instead.
        yield Outage(service, time.monotonic(), lambda: None)
        return
    levers = session.stack.levers()
    if levers is None or session.target.levers is None:
        not_judged(SERVICES)

    def end() -> None:
        mend(levers, service)

    with fault(
        session.history,
        f"{service}-{how}",
        inject=lambda: (levers.pause if how == "paused" else levers.kill)(service),
        heal=end,
        recovery_ms=session.recovery_ms,
    ):
        yield Outage(service, time.monotonic(), end)
    await await_recovery(api, session)


@requirement("SYS-03")
async def test_the_plain_health_route_stays_up(api: Api, outage: Outage) -> None:
    for _ in range(3):
        for place in range(len(api.urls)):
            expect(await api.get("/ok", at=place, timeout_s=ANSWER_WITHIN_S))


@requirement("SYS-02")
async def test_the_health_route_with_check_db_tells_of_the_outage_and_of_its_end(
    api: Api, outage: Outage, observe: Observed
) -> None:
    deadline = outage.begun + REPORTED_WITHIN_S
    responses = await await_each(api, deadline, lambda response: not response.is_success)
    for status in sorted({response.status_code for response in responses}):
        observe(f"GET /ok?check_db=1 without {outage.service}: {status}")
    await asyncio.to_thread(outage.end)
    back = time.monotonic() + BACK_WITHIN_S
    await await_each(api, back, lambda response: response.status_code == 200)


async def await_each(
    api: Api, deadline: float, enough: Callable[[httpx.Response], bool]
) -> list[httpx.Response]:
    """Poll `/ok?check_db=1` at each replica until the answer is as expected, or `deadline`."""
    places = range(len(api.urls))
    return await asyncio.gather(*(await_one(api, at, deadline, enough) for at in places))


async def await_one(
    api: Api, at: int, deadline: float, enough: Callable[[httpx.Response], bool]
) -> httpx.Response:
    while True:
        left_s = max(0.0, deadline - time.monotonic())
        response = await api.get("/ok", params=CHECK_DB, at=at, timeout_s=left_s)
        assert response.status_code != httpx.codes.NOT_FOUND, (
            f"{describe_request(response)} answered 404"
        )
        if enough(response):
            return response
        assert time.monotonic() + POLL_S < deadline, (
            f"{describe_request(response)} at replica {at} still answers {response.status_code}"
        )
        await asyncio.sleep(POLL_S)


def mend(levers: StackLevers, service: str) -> None:
    """Resume a paused service, or start a killed one."""
    if levers.alive(service):
        levers.resume(service)
    else:
        levers.start(service)


async def await_recovery(api: Api, session: Session) -> None:
    """Wait until every process has recovered, workers included, for the sake of the next test."""
    urls = [each.own_url for each in session.target.replicas if each.own_url is not None]
    deadline = time.monotonic() + BACK_WITHIN_S
    while not all(await asyncio.gather(*(is_healthy(api, url) for url in urls))):
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(POLL_S)


async def is_healthy(api: Api, url: str) -> bool:
    try:
        return (await api.get(f"{url}/ok", params=CHECK_DB)).status_code == 200
    except httpx.TransportError:
        return False
