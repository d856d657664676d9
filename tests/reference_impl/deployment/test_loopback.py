"""Clients without a URL, made before and after the server is known."""

import pytest
from langgraph_sdk import get_client
from langgraph_sdk._async import client as sdk_client
from langgraph_sdk._shared import utilities as sdk
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from onceproof.reference_impl.deployment.loopback import connect_clients, watch_clients

pytestmark = pytest.mark.anyio


async def search(request: Request) -> JSONResponse:
    return JSONResponse([])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Starlette:
    monkeypatch.setenv("__LANGGRAPH_DEFER_LOOPBACK_TRANSPORT", "true")
    monkeypatch.setattr(sdk, "_registered_transports", [])
    monkeypatch.setattr(sdk_client, "_registered_transports", [])
    return Starlette(routes=[Route("/assistants/search", search, methods=["POST"])])


async def test_both_reach_the_server_and_none_is_kept(server: Starlette) -> None:
    watch_clients()
    early = get_client()
    connect_clients(server)
    for client in (early, get_client()):
        assert await client.assistants.search() == []
    assert sdk._registered_transports == []
