"""Ask a server whether it is up, and what it says about itself.

Servers differ in where they say so: /ok, else /health, else /live. A proxy from the
environment is never used for an address of this machine: it would answer in the server's place.
"""

import hashlib
import ipaddress
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx

HEALTH_PATHS = ("/ok", "/health", "/live")


def is_local(url: str) -> bool:
    """Whether the URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def client_for(url: str, timeout_s: float) -> httpx.Client:
    """A client that bounds every step of a request at `timeout_s`."""
    return httpx.Client(timeout=timeout_s, trust_env=not is_local(url))


def health(client: httpx.Client, url: str, paths: Sequence[str] = HEALTH_PATHS) -> str | None:
    """None when the first of `paths` that exists answers 200, else what came instead.

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
    """A failed request in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    text = str(error).lower()
    if "refused" in text:
        return "connection refused"
    if "name or service" in text or "nodename" in text or "name resolution" in text:
        return "unknown host name"
    return str(error).rstrip(".") or type(error).__name__


def document(client: httpx.Client, url: str) -> Any:
    """The JSON at this address, or None when there is none."""
    try:
        answer = client.get(url)
        return answer.json() if answer.status_code == httpx.codes.OK else None
    except (httpx.HTTPError, ValueError):
        return None


def version_of(info: Any) -> str | None:
    """The version that /info tells, if it tells one."""
    told = info.get("version") if isinstance(info, dict) else None
    return told if isinstance(told, str) else None


def digest(value: Any) -> str:
    """SHA-256 over the value as JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
