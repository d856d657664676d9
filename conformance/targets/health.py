"""Ask a server whether it is up, and what it says about itself.

Servers differ in where they say so: /ok, else /health, else /live. A proxy from the
environment is never used for an address of this machine: it would answer in the server's place.

Whoever answers may be anything, so the whole of a question is bounded, not each read of its
answer: a server that sends one byte a second would hold a plain client for ever.
"""

import asyncio
import hashlib
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from onceproof.conformance.access.clients import way_auth, way_transport
from onceproof.conformance.wire.answer import Answer

HEALTH_PATHS = ("/ok", "/health", "/live")


class Asker:
    """Asks one question at a time, each of them over within `timeout_s`; see `client_for`."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient, timeout_s: float) -> None:
        self._portal = portal
        self._client = client
        self._timeout_s = timeout_s

    def get(self, url: str) -> httpx.Response:
        """Return the whole answer; `httpx.HTTPError` when there is none."""
        return self._portal.call(self._get, url)

    async def _get(self, url: str) -> httpx.Response:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = Answer.of(await self._client.send(self._request(url), stream=True))
                try:
                    await answer.aread()
                finally:
                    await answer.aclose()
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"GET {url} took more than {self._timeout_s:g} s") from error
        return answer

    def _request(self, url: str) -> httpx.Request:
        return self._client.build_request("GET", url)


@contextmanager
def client_for(url: str, timeout_s: float) -> Iterator[Asker]:
    """Return a client that bounds every question, from its connection to its last byte, at
    `timeout_s`."""
    with start_blocking_portal() as portal:
        client = httpx.AsyncClient(
            timeout=None, transport=way_transport(url), auth=way_auth(), trust_env=False
        )
        try:
            yield Asker(portal, client, timeout_s)
        finally:
            portal.call(client.aclose)


def health(client: Asker, url: str, paths: Sequence[str] = HEALTH_PATHS) -> str | None:
    """Return None when the first of `paths` that exists answers 200, else what came instead.

    The others count only where the first is not known: a server may be alive and not ready.
    """
    for path in paths:
        try:
            status = client.get(url + path).status_code
        except httpx.HTTPError as error:
            return cause(error)
        if status == httpx.codes.OK:
            return None
        if status != httpx.codes.NOT_FOUND:
            return f"{path} answered {status}"
    return f"{', '.join(paths)} answered 404"


def cause(error: httpx.HTTPError) -> str:
    """Return a failed request in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    beneath = list(_beneath(error))
    if any(isinstance(each, ConnectionRefusedError) for each in beneath):
        return "connection refused"
    if any(isinstance(each, socket.gaierror) for each in beneath):
        return "unknown host name"
    return str(error).rstrip(".") or type(error).__name__


def _beneath(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that caused it; several where a name has several addresses."""
    while error is not None:
        yield error
        for each in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            yield from _beneath(each)
        error = error.__cause__ or error.__context__


def document(client: Asker, url: str) -> Any:
    """Return the JSON at this address, or None when there is none."""
    try:
        answer = client.get(url)
        return answer.json() if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError):
        return None


def version_of(info: Any) -> str | None:
    """Return the version that /info tells, if it tells one."""
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else None


def digest(value: Any) -> str:
    """Return the SHA-256 over the value as JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
