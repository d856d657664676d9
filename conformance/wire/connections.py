"""Connections that nobody uses again once a server error was seen on them.

Some servers close the connection after a 500 without saying so, and a request that is sent on it
meanwhile is lost. The client gives a connection back before anybody could take it out, so all of
its connections are left to the requests under way, and later ones get new ones.
"""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx


class Connections:
    """Lends a client of httpx, made with `options`; another one after each `renew`."""

    def __init__(self, headers: Mapping[str, str] | None, **options: Any) -> None:
        # Made once: reading the certificates takes longer than a request.
        self._options = {"headers": headers, "verify": _trusting(), **options}
        self._current = self._made()
        self._users = {self._current: 0}

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[httpx.AsyncClient]:
        """The client of now, for one request and its answer."""
        client = self._current
        self._users[client] += 1
        try:
            yield client
        finally:
            self._users[client] -= 1
            if client is not self._current and not self._users[client]:
                del self._users[client]
                await client.aclose()

    def renew(self) -> None:
        """Leave the connections of now to those that use them."""
        self._current = self._made()
        self._users[self._current] = 0

    async def aclose(self) -> None:
        """Close all connections."""
        for client in list(self._users):
            await client.aclose()

    def _made(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(**self._options)


def _trusting() -> ssl.SSLContext:
    return httpx.create_ssl_context()
