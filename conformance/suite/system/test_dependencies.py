"""Postgres or Redis is lost: the health route tells, and the process itself stays reachable.

Each outage is brought about once. First the plain route is asked, then the one that looks at the
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
from onceproof.conformance.suite.kit.assertions import answered, call_of
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api

TOLD_WITHIN_S = 10.0
ANSWERED_WITHIN_S = 3.0
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
    """Paused, its connections stay open and say nothing; killed, they are refused."""
    return request.param


@pytest.fixture(scope="module", params=["postgres", "redis"])
async def outage(
    request: pytest.FixtureRequest, how: str, api: Api, session: Session
) -> AsyncIterator[Outage]:
    service: str = request.param
    if (await api.get("/ok")).status_code == httpx.codes.NOT_FOUND:
        # An outage has nothing to show where the route is missing: the tests tell that at once.
        yield Outage(service, time.monotonic(), lambda: None)
        return
    levers = session.stack.levers()
    if levers is None or session.target.levers is None:
        inconclusive(f"{service} of the target is not ours to break")

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
    await all_healthy(api, session)


@requirement("SYS-03")
async def test_the_plain_health_route_stays_up(api: Api, outage: Outage) -> None:
    for _ in range(3):
        for place in range(len(api.urls)):
            answered(await api.get("/ok", at=place, timeout_s=ANSWERED_WITHIN_S))


@requirement("SYS-02")
async def test_the_health_route_with_check_db_tells_of_the_outage_and_of_its_end(
    api: Api, outage: Outage, observed: Observed
) -> None:
    deadline = outage.begun + TOLD_WITHIN_S
    responses = await each_until(api, deadline, lambda response: not response.is_success)
    for status in sorted({response.status_code for response in responses}):
        observed(f"GET /ok?check_db=1 without {outage.service}: {status}")
    await asyncio.to_thread(outage.end)
    back = time.monotonic() + BACK_WITHIN_S
    await each_until(api, back, lambda response: response.status_code == 200)


async def each_until(
    api: Api, deadline: float, enough: Callable[[httpx.Response], bool]
) -> list[httpx.Response]:
    """The answer of each replica to `/ok?check_db=1` that is as expected, all before `deadline`."""
    places = range(len(api.urls))
    return await asyncio.gather(*(one_until(api, at, deadline, enough) for at in places))


async def one_until(
    api: Api, at: int, deadline: float, enough: Callable[[httpx.Response], bool]
) -> httpx.Response:
    while True:
        left_s = max(0.0, deadline - time.monotonic())
        response = await api.get("/ok", params=CHECK_DB, at=at, timeout_s=left_s)
        assert response.status_code != httpx.codes.NOT_FOUND, f"{call_of(response)} answered 404"
        if enough(response):
            return response
        assert time.monotonic() + POLL_S < deadline, (
            f"{call_of(response)} of replica {at} still answers {response.status_code}"
        )
        await asyncio.sleep(POLL_S)


def mend(levers: StackLevers, service: str) -> None:
    """Let a paused service go on, and start a killed one."""
    if levers.alive(service):
        levers.resume(service)
    else:
        levers.start(service)


async def all_healthy(api: Api, session: Session) -> None:
    """Give every process, workers included, the time to recover, for whatever test comes next."""
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
