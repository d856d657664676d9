"""A deployment that already runs somewhere: reached by URL, and broken only by supplied levers."""

from collections.abc import Mapping, Sequence

import httpx

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.stacks.uris import redact
from onceproof.conformance.targets.addresses import BaseUrl, parse_urls
from onceproof.conformance.targets.base import Capable, Facts, Levers, Replica
from onceproof.conformance.targets.health import (
    Asker,
    cause,
    client_for,
    digest,
    document,
    version_of,
)
from onceproof.conformance.targets.supplied import Lever, SuppliedLevers

PROBE_S = 10.0
# A server that asks for a login is there; whether it lets us in is for the suite to see.
_THERE = (httpx.codes.OK, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)


class UrlTarget(Capable):
    """One deployment behind one or more base URLs, all of the same version."""

    kind = "url"

    def __init__(
        self,
        urls: list[str],
        *,
        workers: Sequence[str] = (),
        replicas: Sequence[Replica] | None = None,
        levers: Mapping[str, Lever] | None = None,
        withheld: str = "",
        probe_s: float = PROBE_S,
    ) -> None:
        """`urls` are plain or named, as NAME=URL; `workers` are names of replicas without an
        address, and `levers` hands on all of them. `replicas` are what is behind the URLs,
        if that is known: then the URLs and `workers` name none. `withheld` says why no lever that
        breaks something is pulled, where that is so.
        """
        if not urls:
            raise UsageError("--url is empty; give the base URL of the server to certify")
        named = parse_urls(urls)
        self.urls = [each.url for each in named]
        self.replicas = _replicas(named, workers) if replicas is None else [*replicas]
        self.levers: Levers | None = (
            SuppliedLevers(levers, self.replicas, withheld=withheld) if levers else None
        )
        self._probe_s = probe_s
        self._facts: Facts = {}

    def start(self) -> None:
        """Probe every URL once; a server that is not there is a TargetError."""
        for url in self.urls:
            with client_for(url, self._probe_s) as client:
                _reach(client, url)
        with client_for(self.urls[0], self._probe_s) as client:
            self._facts = _facts(client, self.urls[0])

    def stop(self) -> None:
        """Leave the servers alone: onceproof did not start them."""

    def identity(self) -> Facts:
        """Return the URLs and a fingerprint of what the server publishes about itself."""
        shown = [redact(url) for url in self.urls]
        return {
            "kind": self.kind,
            "url": shown[0],
            "urls": shown,
            "version": None,
            "strength": "observed",
            **self._facts,
        }


def _replicas(named: Sequence[BaseUrl], workers: Sequence[str]) -> list[Replica]:
    """Those with a URL execute runs as well, unless others are named for that."""
    role = "api" if workers else "all"
    found = [Replica(each.name, role, each.url, each.url) for each in named]
    found += [Replica(name, "worker", None) for name in workers]
    names = [replica.name for replica in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"{twice!r} is the name of two replicas: give one of them another name")
    return found


def _reach(client: Asker, url: str) -> None:
    seen = []
    for path in ("/ok", "/info"):
        try:
            status = client.get(url + path).status_code
        except httpx.HTTPError as error:
            raise TargetError(
                f"nothing answers at --url {redact(url)!r}: {cause(error)}; "
                "start the server or correct the URL"
            ) from error
        if status in _THERE:
            return
        seen.append(f"{path} {status}")
    raise TargetError(
        f"--url {redact(url)!r} answers, but not as an Agent Server ({', '.join(seen)}); "
        "give the base URL, below which /ok or /info is found"
    )


def _facts(client: Asker, url: str) -> Facts:
    info = document(client, f"{url}/info")
    openapi = document(client, f"{url}/openapi.json")
    openapi_digest = None if openapi is None else digest(openapi)
    return {
        "version": version_of(info),
        "openapi_sha256": openapi_digest,
        "fingerprint": digest({"info": info, "openapi": openapi_digest}),
    }
