"""Both official clients under one interface, so that each test covers both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
from langgraph_sdk import get_client, get_sync_client
from langgraph_sdk.client import LangGraphClient, SyncLangGraphClient

from onceproof.conformance.access.clients import open_client, open_sync_client, way_transport
from onceproof.conformance.wire.probes import ProbeGuard

#: How often the client's own transport tries to connect.
RETRIES = 5

STREAMS = frozenset({"stream", "join_stream"})
END = object()


class ThreadedClient:
    """The synchronous client with an asynchronous interface: each call runs in a thread."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> "Resource":
        return Resource(getattr(self._client, name))


class Resource:
    """`assistants`, `threads`, `runs`, `store` or `http` of the synchronous client."""

    def __init__(self, resource: Any) -> None:
        self._resource = resource

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._resource, name)
        if name in STREAMS:
            return lambda *args, **named: _iterate(method, args, named)
        return lambda *args, **named: asyncio.to_thread(method, *args, **named)


async def _iterate(
    method: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> AsyncIterator[Any]:
    parts = method(*args, **named)
    try:
        while (part := await asyncio.to_thread(next, parts, END)) is not END:
            yield part
    finally:
        parts.close()


def open_official_client(url: str, guard: ProbeGuard) -> LangGraphClient:
    """Return the client that `get_client` makes, on the way in that the whole suite uses; `guard`
    is that of the suite's own client."""
    made = get_client(url=url, api_key=None).http.client
    transport = way_transport(url, retries=RETRIES)
    return LangGraphClient(
        open_client(
            url,
            transport=transport,
            headers=made.headers,
            timeout=made.timeout,
            event_hooks={"request": [_guard_async(guard)]},
        )
    )


def open_official_sync_client(url: str, guard: ProbeGuard) -> SyncLangGraphClient:
    """Return the client that `get_sync_client` makes, as `open_official_client` does."""
    made = get_sync_client(url=url, api_key=None).http.client
    return SyncLangGraphClient(
        open_sync_client(
            url,
            RETRIES,
            headers=made.headers,
            timeout=made.timeout,
            event_hooks={"request": [lambda request: _demand(guard, request)]},
        )
    )


def _guard_async(guard: ProbeGuard) -> Callable[[httpx.Request], Awaitable[None]]:
    async def demand(request: httpx.Request) -> None:
        _demand(guard, request)

    return demand


def _demand(guard: ProbeGuard, request: httpx.Request) -> None:
    guard.demand_request(request.url.path, {"content": request.read()})
