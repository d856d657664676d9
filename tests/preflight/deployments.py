"""Deployments that are broken in one way each, and the words by which the doctor looks at them.

Those that take a real server stand on one reference server, with its Postgres and its Redis.
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest
import redis

from onceproof.conformance.preflight.checks import clock
from onceproof.conformance.preflight.stack.postgres import read_postgres
from onceproof.conformance.session import Session
from onceproof.conformance.stacks.probe import execute
from onceproof.conformance.stacks.uris import with_redis_number
from tests.access.conftest import Authority
from tests.access.gateway import PREFIX, run_gateway
from tests.access.nginx import KEY, NGINX, run_nginx
from tests.preflight.broken import BROKEN, Broken, run_broken
from tests.preflight.pooler import run_pgbouncer

#: So far behind is our clock.
LATE = timedelta(hours=2)
OTHERS = Broken("", answers={"/assistants/search": (200, [{"graph_id": "agent"}])})


@dataclass
class Site:
    """What deployments are made of: a running server, an authority, an empty folder."""

    session: Session
    authority: Authority
    folder: Path

    @property
    def url(self) -> str:
        """The server's first replica."""
        return self.session.target.urls[0]


#: Breaks a deployment while the block lasts; yields the doctor's words.
Make = Callable[[Site], AbstractContextManager[tuple[str, ...]]]
Words = Iterator[tuple[str, ...]]


def answer_as(broken: Broken) -> Make:
    """A server that gives these answers."""

    @contextmanager
    def make(site: Site) -> Words:
        with run_broken(broken) as url:
            yield ("--url", url)

    return make


@contextmanager
def break_nothing(site: Site) -> Words:
    stack = site.session.stack
    uris = ("--database-uri", stack.database_uri, "--redis-uri", stack.redis_uri)
    yield ("--url", site.url, *uris)


@contextmanager
def stop_listening(site: Site) -> Words:
    with closing(socket.socket()) as taken:  # and so nobody else's: it does not listen
        taken.bind(("127.0.0.1", 0))
        yield ("--url", f"http://127.0.0.1:{taken.getsockname()[1]}")


@contextmanager
def trust_an_unknown_authority(site: Site) -> Words:
    with _gateway(site) as url:
        yield ("--url", url)


@contextmanager
def expect_another_key(site: Site) -> Words:
    with _gateway(site) as url:
        yield ("--url", url, "--ca", str(site.authority.ca), "--header", "x-api-key=of-last-year")


@contextmanager
def _gateway(site: Site) -> Iterator[str]:
    site.authority.server.verify_mode = ssl.CERT_NONE
    with run_gateway(site.authority.server) as running:
        yield f"https://127.0.0.1:{running.server_port}{PREFIX}"


@contextmanager
def gather_streams(site: Site) -> Words:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    with run_nginx(site.folder, site.authority.shown, [site.url]) as gateway:
        way = ("--ca", str(site.authority.ca), "--header", f"x-api-key={KEY}")
        yield ("--url", f"{gateway}/lumps", *way)


@contextmanager
def stall_the_worker(site: Site) -> Words:
    [worker], levers = site.session.workers(), site.session.levers()
    levers.pause(worker)
    try:
        yield ("--url", site.url)
    finally:
        levers.resume(worker)


class Late(datetime):
    """A clock that is late."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - LATE


@contextmanager
def set_our_clock_back(site: Site) -> Words:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "datetime", Late)
        yield ("--url", site.url)


@contextmanager
def stand_behind_a_pooler(site: Site) -> Words:
    with run_pgbouncer(site.folder, site.session.stack.database_uri, "transaction") as uri:
        yield ("--url", site.url, "--database-uri", uri)


@contextmanager
def run_out_of_connections(site: Site) -> Words:
    uri = site.session.stack.database_uri
    name, used = urlsplit(uri).path[1:], read_postgres(uri).used
    execute(uri, f'ALTER DATABASE "{name}" CONNECTION LIMIT {used + 3}', "--database-uri")
    try:
        yield ("--url", site.url, "--database-uri", uri)
    finally:
        execute(uri, f'ALTER DATABASE "{name}" CONNECTION LIMIT -1', "--database-uri")


@contextmanager
def evict_keys(site: Site) -> Words:
    uri = with_redis_number(site.session.stack.redis_uri, 9)
    with redis.Redis.from_url(uri) as client:
        client.config_set("maxmemory", 2**26)
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.set("_kombu.binding.celery", 1)
        try:
            yield ("--url", site.url, "--redis-uri", uri)
        finally:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
            client.flushdb()


@contextmanager
def share_a_redis_number(site: Site) -> Words:
    """A process from another address, of a deployment with a Postgres of its own."""
    stack = site.session.stack
    host, port = urlsplit(stack.redis_uri).hostname, urlsplit(stack.redis_uri).port
    with socket.create_connection((str(host), port), 5, source_address=("127.0.0.2", 0)) as other:
        other.sendall(b"PING\r\n")
        other.recv(64)
        yield (
            *("--url", site.url, "--database-uri", stack.database_uri),
            *("--redis-uri", stack.redis_uri),
        )


DEPLOYMENTS: dict[str, Make] = {
    "well": break_nothing,
    "no-agent-server": answer_as(BROKEN["file server"]),
    "nobody-listens": stop_listening,
    "unknown-authority": trust_an_unknown_authority,
    "wrong-key": expect_another_key,
    "no-worker": stall_the_worker,
    "no-probes": answer_as(OTHERS),
    "sink-out-of-reach": answer_as(BROKEN["other network"]),
    "wrong-clock": set_our_clock_back,
    "buffering-gateway": gather_streams,
    "pooler": stand_behind_a_pooler,
    "few-connections": run_out_of_connections,
    "evicting-redis": evict_keys,
    "shared-redis": share_a_redis_number,
}
