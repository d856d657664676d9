"""Headers that belong to no single route: request ids, and what browsers ask for."""

from typing import Any
from uuid import uuid4

import httpx

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import answered, same
from onceproof.conformance.wire.client import Api

ORIGIN = "https://studio.example"
EXPOSED = {"x-pagination-total", "x-pagination-next", "content-location"}
ECHO = {"assistant_id": "echo", "input": {"nonce": "request-id"}}
KEY = "langgraph_request_id"


@requirement("SYS-19")
async def test_the_request_id_of_the_client_is_kept(api: Api, thread: str) -> None:
    given = f"onceproof-{uuid4()}"
    run = await run_with(api, thread, {"x-request-id": given})
    same(f"{KEY} in the run", run["kwargs"]["config"]["configurable"].get(KEY), given)
    result = answered(await api.get(f"/threads/{thread}/runs/{run['run_id']}/join"))
    same(f"{KEY} that the graph saw", result["config"]["configurable"].get(KEY), given)


@requirement("SYS-19")
async def test_a_request_id_is_made_where_none_is_sent(api: Api, thread: str) -> None:
    runs = [await run_with(api, thread, {}) for _ in range(2)]
    ids = [run["kwargs"]["config"]["configurable"].get(KEY) for run in runs]
    assert all(isinstance(id, str) and id for id in ids), f"the runs have {KEY} {ids}"
    assert ids[0] != ids[1], f"two requests were given the same {KEY} {ids[0]!r}"


async def run_with(api: Api, thread: str, headers: dict[str, str]) -> dict[str, Any]:
    return answered(await api.post(f"/threads/{thread}/runs", json=ECHO, headers=headers))


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
        allows_origin(response)
        methods = response.headers.get("access-control-allow-methods", "")
        assert "POST" in methods or methods == "*", f"OPTIONS {path} allows methods {methods!r}"
        headers = response.headers.get("access-control-allow-headers", "").lower()
        assert "x-api-key" in headers or headers == "*", f"OPTIONS {path} allows {headers!r}"


@requirement("SYS-20")
async def test_answers_expose_pagination_and_location(api: Api) -> None:
    response = await api.post("/threads/search", json={"limit": 1}, headers={"origin": ORIGIN})
    answered(response)
    allows_origin(response)
    told = response.headers.get("access-control-expose-headers", "")
    exposed = {name.strip().lower() for name in told.split(",")}
    missing = sorted(EXPOSED - exposed)
    assert not missing or exposed == {"*"}, f"{told!r} does not expose {', '.join(missing)}"


def allows_origin(response: httpx.Response) -> None:
    """The answer may be read by a page from ORIGIN."""
    __tracebackhide__ = True
    allowed = response.headers.get("access-control-allow-origin")
    assert allowed in ("*", ORIGIN), f"the allowed origin is {allowed!r}, but should be any"
