"""Missing credentials, wrong ones, and routes that do not need any."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.auth.asking import make_call
from onceproof.conformance.suite.auth.callers import ANYBODY, Callers
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal
from onceproof.conformance.suite.kit.matrix import ask, demand
from onceproof.conformance.suite.kit.openapi import iterate_operations
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.routes import CORE, EXTENSIONS, Operation

OPEN = ("/ok", "/info", "/metrics", "/docs", "/openapi.json")
SOCKET = "/threads/{thread_id}/stream/events"
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


async def list_operations(callers: Callers) -> list[Operation]:
    """List the core operations, and the extensions that the target claims to have."""
    document = expect(await callers(ANYBODY).get("/openapi.json"))
    claimed = {f"{method.upper()} {path}" for path, method, _ in iterate_operations(document)}
    return [*CORE, *(each for each in EXTENSIONS if str(each) in claimed)]


@pytest.mark.parametrize("name, status", [(ANYBODY, 401), ("stranger", 401), ("barred", 403)])
@requirement("AUT-01")
async def test_no_route_is_open_to_whom_the_handler_refuses(
    callers: Callers, name: str, status: int
) -> None:
    answers = await ask(callers(name), map(make_call, await list_operations(callers)))
    demand(answers, f"{status} for {name or 'nobody'}", lambda r: r.status_code == status)


@requirement("SYS-09", "SYS-14")
async def test_a_refusal_keeps_the_status_that_the_handler_chose(callers: Callers) -> None:
    expect_refusal(await callers("teapot").post("/threads/search", json={}), 418)


@requirement("AUT-01")
async def test_no_route_is_closed_to_whom_the_handler_knows(callers: Callers) -> None:
    """Otherwise a server that refuses everybody would pass."""
    known = await ask(callers("alice"), [make_call(each) for each in CORE if not each.body])
    demand(known, "neither 401 nor 403 for a known user", lambda r: r.status_code not in (401, 403))


@requirement("AUT-01")
async def test_no_socket_is_opened_to_nobody(callers: Callers, observe: Observed) -> None:
    path = Operation("GET", SOCKET).at()
    async with callers(ANYBODY).open("GET", path, headers=UPGRADE) as response:
        status = response.status_code
    assert status >= 400, f"a WebSocket was opened without credentials: {status}"
    observe(f"WebSocket handshake without credentials: {status}")


@pytest.mark.parametrize("path", OPEN)
@requirement("AUT-02")
async def test_health_and_description_are_open(callers: Callers, path: str) -> None:
    response = await callers(ANYBODY).get(path)
    assert response.status_code == 200, f"GET {path} without credentials: {response.status_code}"
