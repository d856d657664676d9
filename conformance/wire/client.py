"""`Api`: requests to the replicas of one target, every wait bounded, every error remembered.

Requests go to the replicas in turn, so that no requirement is met by accident of always asking
the process that knows the answer; `at=` pins one. Errors (4xx and 5xx) are kept for the
requirements that speak about all of them at once: their form (SYS-09) and their absence
(SYS-14).

A time limit bounds the whole answer and not the single read: servers send a byte every few
seconds while a client waits, which would extend a read time-out for ever.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from onceproof.conformance.access.clients import way_auth, way_transport
from onceproof.conformance.access.pages import Page, note_page
from onceproof.conformance.access.proxies import proxy_for
from onceproof.conformance.guest import current_guest
from onceproof.conformance.guest.creation import note_answer
from onceproof.conformance.history import Recorder
from onceproof.conformance.history.vocabulary import HTTP_ERROR
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.wire.answer import Answer
from onceproof.conformance.wire.handles import demand_ids
from onceproof.conformance.wire.operations import Operations
from onceproof.conformance.wire.pool import IDLE_S, Transport
from onceproof.conformance.wire.probes import ProbeGuard
from onceproof.conformance.wire.recording import Observer, decode_body
from onceproof.conformance.wire.streams import EVENT_STREAM, EventStream

BODY_PREFIX = 2000
CONNECT_S = 10.0


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """A 4xx or 5xx as it was seen: `body` holds the first 2,000 bytes."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Api:
    """The target as its clients see it, over one or several base URLs.

    `timeout_s` is the default limit of one whole request, and of the wait for each event of a
    stream. `errors` are the error answers seen, `deleted` the paths of successful DELETEs.
    Transport problems, time-outs and endless bodies included, are raised as
    `httpx.TransportError`. With a `history`, error answers are also recorded there as marks
    named "http-error", and what requests mean as `recording` says.
    """

    def __init__(
        self,
        urls: Sequence[str],
        history: Recorder | None = None,
        *,
        timeout_s: float = 30.0,
        headers: Mapping[str, str] | None = None,
        away: Collection[str] = (),
        guard: ProbeGuard | None = None,
    ) -> None:
        """`away` are base URLs that are passed over in turn, as a load balancer does; `guard` keeps
        requests for missing probes from being sent, MissingProbe is raised instead."""
        self.guard = guard or ProbeGuard()
        self.urls = [url.rstrip("/") for url in urls]
        self.timeout_s = timeout_s
        self.errors: list[ErrorAnswer] = []
        self.deleted: set[str] = set()
        self._history = history
        operations = Operations(history) if history is not None else None
        self._observer = Observer(operations, self.urls, headers or {})
        self._away = away
        self._turns = itertools.cycle(range(len(self.urls)))
        limits = httpx.Limits(max_connections=None, keepalive_expiry=IDLE_S)
        self._client = httpx.AsyncClient(
            headers=headers,
            auth=way_auth(),
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            transport=Transport(),
            # Our own transport knows no proxies.
            mounts={
                origin_of(url): way_transport(url, limits=limits)
                for url in self.urls
                if proxy_for(url)
            },
            trust_env=False,
        )

    async def __aenter__(self) -> "Api":
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        at: int | None = None,
        timeout_s: float | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send a request and read the whole answer; `options` are httpx's own: json, params, ..."""
        self._demand(path, options)
        with self._observer.watch(method, path, options) as seen:
            async with (
                self._limit(method, path, timeout_s),
                self.open(method, path, at=at, timeout_s=timeout_s, **options) as response,
            ):
                await response.aread()
            seen.append(response)
        if response.is_success:
            note_answer(current_guest(), method, path, partial(decode_body, response))
        if method == "DELETE" and response.is_success:
            self.deleted.add(path)
        return response

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """GET, as `request`."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """Send a POST, as `request` does."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        """PUT, as `request`."""
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> httpx.Response:
        """PATCH, as `request`."""
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        """DELETE, as `request`."""
        return await self.request("DELETE", path, **options)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        path: str,
        *,
        at: int | None = None,
        timeout_s: float | None = None,
        **options: Any,
    ) -> AsyncIterator[httpx.Response]:
        """Yield the answer as soon as its headers are in; only an error's body has been read."""
        self._demand(path, options)
        request = self._client.build_request(method, self._url(path, at), **options)
        async with self._limit(method, path, timeout_s):
            response = Answer.of(await self._client.send(request, stream=True))
        try:
            if response.is_error:
                await self.read(response, timeout_s)
                self._remember(response, path)
                self.guard.routes.demand(method, urlsplit(path).path, response.status_code)
            yield response
        finally:
            await response.aclose()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        last_event_id: str | None = None,
        at: int | None = None,
        timeout_s: float | None = None,
        **options: Any,
    ) -> AsyncIterator[EventStream]:
        """Open an event stream, whatever the status: an error answer shows when it is read."""
        headers = {"accept": EVENT_STREAM, "accept-encoding": "identity"}
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        headers |= options.pop("headers", None) or {}
        async with self.open(
            method, path, at=at, timeout_s=timeout_s, headers=headers, **options
        ) as response:
            limit_s = self.timeout_s if timeout_s is None else timeout_s
            stream = EventStream(response, timeout_s=limit_s)
            try:
                yield stream
            finally:
                await stream.close()

    def _demand(self, path: str, options: Mapping[str, Any]) -> None:
        """Whether a request would prove anything; MissingProbe or MissingId if not."""
        self.guard.demand_request(path, options)
        demand_ids(path)

    def _url(self, path: str, at: int | None) -> str:
        if path.startswith(("http://", "https://")):
            return path
        return self.urls[self._next() if at is None else at] + path

    def _next(self) -> int:
        """Whose turn it is; one that is away has its turn only if all are."""
        for _ in self.urls:
            turn = next(self._turns)
            if self.urls[turn] not in self._away:
                return turn
        return next(self._turns)

    async def read(self, response: httpx.Response, timeout_s: float | None = None) -> None:
        """Read the rest of an open answer."""
        request = response.request
        async with self._limit(request.method, request.url.path, timeout_s):
            await response.aread()

    @asynccontextmanager
    async def _limit(self, method: str, path: str, timeout_s: float | None) -> AsyncIterator[None]:
        limit_s = self.timeout_s if timeout_s is None else timeout_s
        try:
            async with asyncio.timeout(limit_s):
                yield
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"{method} {path} took more than {limit_s:g} s") from error

    def _remember(self, response: httpx.Response, path: str) -> None:
        error = ErrorAnswer(
            method=response.request.method,
            path=urlsplit(path).path,  # without the prefix of a base URL
            status=response.status_code,
            content_type=response.headers.get("content-type", "").lower(),
            body=SECRETS.hide_bytes(response.content[: 2 * BODY_PREFIX])[:BODY_PREFIX],
        )
        self.errors.append(error)
        call = f"{error.method} {error.path}"
        note_page(Page(call, error.status, error.content_type, error.body))
        if self._history is not None:
            self._history.add(
                "mark",
                HTTP_ERROR,
                who="api",
                value={"method": error.method, "path": error.path, "type": error.content_type},
                error=error.body.decode("utf-8", "replace"),
                http={"status": error.status},
            )
