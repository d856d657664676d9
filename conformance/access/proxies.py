"""Which proxy of the environment leads to a URL, decided once for all parts.

A proxy is never used for an address of this machine: it would answer in the server's place. Only
those reached by plain HTTP are used, which every part can speak to: the load opens sockets of its
own, and knows neither SOCKS nor TLS to the proxy. A URL that another kind of proxy would lead to is
refused before anything starts.
"""

import base64
import ipaddress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from onceproof.conformance.errors import UsageError
from onceproof.conformance.secrets.find import show


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy; `login` is the value of its Proxy-Authorization header."""

    url: str
    host: str
    port: int
    login: str | None = None


def is_local(url: str) -> bool:
    """Return whether the URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that leads to the URL, None if none does; UsageError for a kind of proxy
    that not all parts can use."""
    parts = urlsplit(url)
    if is_local(url) or not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    named = proxies.get(parts.scheme) or proxies.get("all")
    if not named:
        return None
    proxy = urlsplit(named if "://" in named else f"http://{named}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise UsageError(
            f"the proxy {show(named)!r} of the environment leads to {show(url)!r}, but the load "
            f"cannot use it: name one by http://, or add {parts.hostname} to NO_PROXY"
        )
    login = _login(proxy.username, proxy.password)
    return Proxy(proxy.geturl(), proxy.hostname, proxy.port or 80, login)


def _login(user: str | None, password: str | None) -> str | None:
    if user is None:
        return None
    pair = f"{unquote(user)}:{unquote(password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
