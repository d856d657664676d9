"""Both official clients under one interface, so that each test covers both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

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
