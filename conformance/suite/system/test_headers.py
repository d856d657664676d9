"""Headers of every route: request ids, and what browsers need."""

from typing import Any
from uuid import uuid4

import httpx

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api

ORIGIN = "https://studio.example"
EXPOSED = {"x-pagination-total", "x-pagination-next", "content-location", "location"}
ECHO = {"assistant_id": "echo", "input": {"nonce": "request-id"}}
KEY = "langgraph_request_id"


@requirement("SYS-19")
async def test_the_request_id_of_the_client_is_kept(api: Api, thread: str) -> None:
    chosen = f"onceproof-{uuid4()}"
    run = await create_run(api, thread, {"x-request-id": chosen})
    same(f"{KEY} in the run", run["kwargs"]["config"]["configurable"].get(KEY), chosen)
    result = expect(await api.get(f"/threads/{thread}/runs/{run['run_id']}/join"))
    same(f"{KEY} that the graph saw", result["config"]["configurable"].get(KEY), chosen)


@requirement("SYS-19")
async def test_a_request_id_is_made_where_none_is_sent(api: Api, thread: str) -> None:
    runs = [await create_run(api, thread, {}) for _ in range(2)]
    ids = [run["kwargs"]["config"]["configurable"].get(KEY) for run in runs]
    assert all(isinstance(id, str) and id for id in ids), (
        f"the {KEY} of the runs are {ids}, but should be texts"
    )
    assert ids[0] != ids[1], f"two requests got the same {KEY} {ids[0]!r}"


async def create_run(api: Api, thread: str, headers: dict[str, str]) -> dict[str, Any]:
    return expect(await api.post(f"/threads/{thread}/runs", json=ECHO, headers=headers))


@requirement("SYS-20")
async def test_a_preflight_from_any_origin_is_answered(api: Api) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-api-key",
    }
    for path in ("/threads/search", f"/threads/{uuid4()}/runs/stream", "/store/items"):
        response = await api.request("OPTIONS", path, headers=asked)
        assert response.is_success, f"OPTIONS {path} answered {response.status_code}"
        expect_any_origin(response)
        methods = response.headers.get("access-control-allow-methods", "")
        assert "POST" in methods or methods == "*", f"OPTIONS {path} allows methods {methods!r}"
        headers = response.headers.get("access-control-allow-headers", "").lower()
        assert "x-api-key" in headers or headers == "*", f"OPTIONS {path} allows {headers!r}"


@requirement("SYS-32")
async def test_a_page_may_call_into_a_private_network(api: Api) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-private-network": "true",
    }
    response = await api.request("OPTIONS", "/threads/search", headers=asked)
    if response.headers.get("access-control-allow-origin") is None:
        inconclusive(f"the target does not let pages of {ORIGIN} call at all")
    assert response.is_success, f"the preflight was answered with {response.status_code}"
    allowed = response.headers.get("access-control-allow-private-network")
    same("the answer about the private network", allowed, "true")


@requirement("SYS-20")
async def test_answers_expose_pagination_and_location(api: Api) -> None:
    response = await api.post("/threads/search", json={"limit": 1}, headers={"origin": ORIGIN})
    expect(response)
    expect_any_origin(response)
    header = response.headers.get("access-control-expose-headers", "")
    exposed = {name.strip().lower() for name in header.split(",")}
    missing = sorted(EXPOSED - exposed)
    assert not missing or exposed == {"*"}, f"{header!r} does not expose {', '.join(missing)}"


def expect_any_origin(response: httpx.Response) -> None:
    """Expect that a page from ORIGIN may read the answer."""
    __tracebackhide__ = True
    allowed = response.headers.get("access-control-allow-origin")
    assert allowed in ("*", ORIGIN), f"the allowed origin is {allowed!r}, but should be '*'"
