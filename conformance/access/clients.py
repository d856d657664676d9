"""httpx clients and transports that go the way in use, as the guest that this process is."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Generator
from typing import Any

import httpx

from onceproof.conformance.access.gathered import ASKED
from onceproof.conformance.access.headers import Headers
from onceproof.conformance.access.proxies import proxy_for
from onceproof.conformance.access.way import current_way
from onceproof.conformance.guest import current_guest
from onceproof.conformance.guest.creation import mark_body, note_location
from onceproof.conformance.guest.foreign import demand_own


class WayAuth(httpx.Auth):
    """Adds the headers of the way to each request that does not have them, and renews them.

    It also waits for the request's share of the budget, gives what is made the guest's mark, and
    raises NeedsExclusive for what would touch others.
    """

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, and once more if our headers were refused and could be renewed."""
        time.sleep(_reserve())
        ASKED.note(request.url.path)
        request = _mark(request)
        sent = _add(request, self._headers)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            self._headers.note_success(sent)
        elif self._headers.renew(sent):
            request.headers.update(self._headers.values())
            response = yield request
        _note(response)

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request as `sync_auth_flow` does, reading headers beside the event loop."""
        if wait_s := _reserve():
            await asyncio.sleep(wait_s)
        ASKED.note(request.url.path)
        request = _mark(request)
        if self._headers.is_due:
            await asyncio.to_thread(self._headers.values)
        sent = _add(request, self._headers)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            self._headers.note_success(sent)
        elif await asyncio.to_thread(self._headers.renew, sent):
            request.headers.update(self._headers.values())
            response = yield request
        _note(response)


def _reserve() -> float:
    """Return how long the budget has a request wait, in seconds."""
    budget = current_guest().budget
    return budget.reserve() if budget else 0.0


def _mark(request: httpx.Request) -> httpx.Request:
    """Return the request with the mark in what it makes; one whose body is a stream as it is."""
    try:
        content = request.content
    except httpx.RequestNotRead:
        return request
    guest = current_guest()
    if not guest.exclusive:
        demand_own(request.method, request.url.path, content)
    marked = mark_body(guest, request.method, request.url.path, content)
    if marked == content:
        return request
    headers = [pair for pair in request.headers.raw if pair[0].lower() != b"content-length"]
    extensions = request.extensions
    return httpx.Request(
        request.method, request.url, headers=headers, content=marked, extensions=extensions
    )


def _note(response: httpx.Response) -> None:
    location = response.headers.get("content-location", "")
    if response.is_success and location:
        request = response.request
        note_location(current_guest(), request.method, request.url.path, location)


def _add(request: httpx.Request, headers: Headers) -> dict[str, str]:
    """Add our headers; return them, or none of them if the caller has brought one of its own."""
    ours = dict(headers.values())
    own = [name for name in ours if name in request.headers]
    request.headers.update({name: value for name, value in ours.items() if name not in own})
    return {} if own else ours


class WayTransport(httpx.AsyncHTTPTransport):
    """httpx's own, whose failures are all `httpx.TransportError`.

    With TLS 1.3 a server that wants a certificate says so after the handshake, and httpcore 1.0
    lets that alert out as the `ssl.SSLError` that it is.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request as httpx does."""
        try:
            return await super().handle_async_request(request)
        except ssl.SSLError as error:
            raise httpx.ReadError(str(error), request=request) from error


def way_auth() -> WayAuth:
    """Return what adds the headers of the way in use to the requests of a client."""
    return WayAuth(current_way().headers)


def way_transport(url: str, **options: Any) -> WayTransport:
    """Return a transport to this URL, by its proxy if one leads there; `options` are httpx's."""
    return WayTransport(verify=current_way().context, proxy=_proxy(url), **options)


def open_client(url: str, **options: Any) -> httpx.AsyncClient:
    """Return a client with this base URL; `options` are httpx's own."""
    options.setdefault("transport", way_transport(url))
    return httpx.AsyncClient(base_url=url, auth=way_auth(), trust_env=False, **options)


def open_sync_client(url: str, retries: int = 0, **options: Any) -> httpx.Client:
    """Return a blocking client with this base URL that tries to connect `retries` times more;
    `options` are httpx's own."""
    way = httpx.HTTPTransport(verify=current_way().context, proxy=_proxy(url), retries=retries)
    return httpx.Client(base_url=url, auth=way_auth(), trust_env=False, transport=way, **options)


def _proxy(url: str) -> str | None:
    proxy = proxy_for(url)
    return proxy.url if proxy else None
