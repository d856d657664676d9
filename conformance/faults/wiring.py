"""A session in which every connection goes through a proxy of its own.

Each replica reaches Postgres and Redis, and clients reach each API replica, through a fault proxy,
so that one worker alone can lose Redis, and an answer can be lost on its way to the client.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from urllib.parse import urlsplit

from onceproof.conformance.faults.proxy import Address, Proxy
from onceproof.conformance.session import Session
from onceproof.conformance.stacks import Stack
from onceproof.conformance.stacks.uris import address, through
from onceproof.conformance.targets import Target

POSTGRES, REDIS, CLIENTS = "postgres", "redis", "clients"
_DEFAULT_PORTS = {POSTGRES: 5432, REDIS: 6379}
_VARIABLES = {POSTGRES: "DATABASE_URI", REDIS: "REDIS_URI"}


def can_lead(url: str) -> bool:
    """Return whether a proxy can stand before it: a server's own port, without TLS or a path."""
    parsed = urlsplit(url)
    return parsed.scheme == "http" and parsed.path in ("", "/")


class Wiring:
    """The proxies of a deployment, by replica and what lies behind; a context manager."""

    def __init__(self, database_uri: str, redis_uri: str) -> None:
        self._uris = {POSTGRES: database_uri, REDIS: redis_uri} if database_uri else {}
        self._proxies: dict[tuple[str, str], Proxy] = {}
        self._open = ExitStack()

    @classmethod
    def of(cls, stack: Stack) -> "Wiring":
        """Make the wiring of a deployment on the first database of a started stack."""
        return cls(stack.database_uri, stack.redis_uri)

    def __enter__(self) -> "Wiring":
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()

    def env_of(self, replica: str) -> Mapping[str, str]:
        """Start this replica's own proxies; return the environment that leads it through them."""
        return {
            _VARIABLES[service]: through(uri, self._proxy_for(replica, service).port)
            for service, uri in self._uris.items()
        }

    def between(self, replica: str, service: str) -> Proxy:
        """Return the proxy between a replica and "postgres", "redis" or "clients"."""
        return self._proxies[replica, service]

    def towards(self, service: str) -> list[Proxy]:
        """Return the proxies of all replicas before "postgres", "redis" or "clients"."""
        return [proxy for (_, behind), proxy in self._proxies.items() if behind == service]

    def add(self, replica: str, what: str, upstream: Address) -> Proxy:
        """Add a proxy, and start it."""
        proxy = self._open.enter_context(Proxy(upstream))
        self._proxies[replica, what] = proxy
        return proxy

    def _proxy_for(self, replica: str, service: str) -> Proxy:
        known = self._proxies.get((replica, service))
        uri = self._uris[service]
        return known or self.add(replica, service, address(uri, _DEFAULT_PORTS[service]))


class WiredSession(Session):
    """A session whose replicas and clients are wired; `urls` are what clients must use."""

    wiring: Wiring
    urls: list[str]

    def env_of(self, replica: str) -> Mapping[str, str]:
        """Return its addresses of Postgres and Redis."""
        return self.wiring.env_of(replica)

    def _make_target(self) -> Target:
        # Before the target is, so that it outlives it: a target that stops has goodbyes to say.
        self.wiring = self.closing.enter_context(Wiring.of(self.stack))
        return super()._make_target()

    def _start(self) -> None:
        super()._start()
        places = {each.url: each.name for each in self.target.replicas if each.url}
        self.urls = [self._lead(url, places.get(url)) for url in self.target.urls]

    def _lead(self, url: str, replica: str | None) -> str:
        """Lead clients of a replica through a proxy; a gateway is nobody's, and TLS its own way."""
        if replica is None or not can_lead(url):
            return url
        parsed = urlsplit(url)
        upstream = (str(parsed.hostname), parsed.port or 80)
        return f"http://127.0.0.1:{self.wiring.add(replica, CLIENTS, upstream).port}"
