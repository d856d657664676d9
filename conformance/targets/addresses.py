"""The base URLs of a target as an option says them: plain, or named as NAME=URL."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import httpx

from onceproof.conformance.errors import UsageError
from onceproof.conformance.stacks.uris import redact


@dataclass(frozen=True)
class BaseUrl:
    """A base URL without a slash at its end, and the name of the replica that it leads to.

    `url` is without the user information, which `login` has as a header does. `option` says the
    same as the option did, without the login.
    """

    name: str
    url: str
    login: str | None
    option: str


def parse_urls(options: Iterable[str]) -> list[BaseUrl]:
    """Return what the values of --url say; without names they are api-1, api-2, ...

    UsageError for anything that is not the base URL of an HTTP server.
    """
    return [_parse(option, place) for place, option in enumerate(options, 1)]


def _parse(option: str, place: int) -> BaseUrl:
    name, equals, text = option.partition("=")
    is_named = bool(equals and name and "/" not in name)
    url, login = _split_login(_check(text if is_named else option))
    if is_named:
        return BaseUrl(name, url, login, f"{name}={url}")
    return BaseUrl(f"api-{place}", url, login, url)


def _split_login(text: str) -> tuple[str, str | None]:
    scheme, _, rest = text.partition("://")
    authority, slash, path = rest.partition("/")
    login, at, place = authority.rpartition("@")
    if not at:
        return text, None
    user, _, password = login.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}"
    basic = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return f"{scheme}://{place}{slash}{path}", basic


def _check(text: str) -> str:
    # httpx decides what it can send to: it encodes host names, and refuses what has no encoding.
    try:
        url = httpx.URL(text)
        usable = url.scheme in ("http", "https") and bool(url.host)
        _ = urlsplit(text).port
    except (httpx.InvalidURL, ValueError):
        usable = False
    if not usable or any(part.isspace() for part in text):
        raise UsageError(
            f"--url {redact(text)!r} is not a base URL; write it like http://127.0.0.1:8123"
        )
    if "?" in text or "#" in text:
        raise UsageError(
            f"--url {redact(text)!r} has a query or a fragment, which a base URL cannot have; "
            "send keys by --header NAME=VALUE"
        )
    return text.rstrip("/")
