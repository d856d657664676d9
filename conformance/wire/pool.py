"""Connections that nobody closes under a request.

httpcore closes a connection whose idle time is over, also one that has just been handed to a
request but has not begun to carry it: that lasts one turn of the event loop, and on a busy machine
about one request in some thousands was cut like this (httpcore 1.0; `ReadError` with no text). A
harness cannot afford it: the request may have arrived, so its own client would have made an
unknown outcome. Here the time after which a connection is no longer handed out is shorter, by
`GRACE_S`, than the time after which it is closed.

Nor is one handed out again that has carried a server error: some servers close it after a 500
without saying so, and a request that is sent on it meanwhile is lost.
"""

import time

import httpcore

from onceproof.conformance.access import current_way
from onceproof.conformance.access.clients import WayTransport

#: Idle connections are given up before servers do so (uvicorn: after 5 s): a request that crosses
#: with the server's close could not be distinguished from one that was lost.
IDLE_S = 2.0
#: How long a connection that was handed out may take to begin.
GRACE_S = 2.0


class Connection(httpcore.AsyncHTTPConnection):
    """Handed out again only within `IDLE_S` of the start of its last request, if that went well."""

    _used_s = 0.0
    _failed = False

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Handle a request as httpcore does, noting when and how it ended."""
        self._used_s = time.monotonic()
        response = await super().handle_async_request(request)
        self._failed = response.status >= 500
        return response

    def is_available(self) -> bool:
        """Return whether another request may use it."""
        young = time.monotonic() - self._used_s <= IDLE_S
        return super().is_available() and young and not self._failed


class Pool(httpcore.AsyncConnectionPool):
    """As many connections as are asked for at once, to any number of origins."""

    def __init__(self) -> None:
        # No bound on idle connections either: above it httpcore closes any that is idle, with the
        # same disregard for one that was just given to a request.
        super().__init__(
            current_way().context,
            max_connections=None,
            max_keepalive_connections=None,
            keepalive_expiry=IDLE_S + GRACE_S,
        )

    def create_connection(self, origin: httpcore.Origin) -> Connection:
        """Create a connection of our own class."""
        return Connection(
            origin=origin, ssl_context=self._ssl_context, keepalive_expiry=self._keepalive_expiry
        )


class Transport(WayTransport):
    """That of the way in use, over `Pool`."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = Pool()
