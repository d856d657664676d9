"""What a Redis says of itself, and what of it makes a server lose or refuse work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import redis

from onceproof.conformance.preflight.stack.flaw import Flaw
from onceproof.conformance.stacks.probe import ask_redis
from onceproof.reports.text import join_names

LABEL = "--redis-uri"
LOCAL = "127.0.0.1"
LEAST = 6
SAMPLE = 2000
FULL = 0.9
#: How keys of other applications begin.
_OTHERS = {
    b"_kombu.": "Celery",
    b"celery-task-meta-": "Celery",
    b"unacked": "Celery",
    b"bull:": "BullMQ",
    b"rq:": "RQ",
    b"resque:": "Resque",
    b"sidekiq": "Sidekiq",
    b"laravel": "Laravel",
    b"sess:": "web sessions",
    b"session:": "web sessions",
    b":1:": "a Django cache",
}


@dataclass(frozen=True)
class Redis:
    """What was read: INFO, the database number, and who else has keys there."""

    info: Mapping[str, Any]
    number: int = 0
    others: tuple[str, ...] = ()
    #: Names that clients of this number have given themselves, and where its clients come from.
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return its version and its memory in a few words."""
        kind, version = "Redis", self.info.get("redis_version")
        if "valkey_version" in self.info:
            kind, version = "Valkey", self.info["valkey_version"]
        limit = self._number("maxmemory")
        bounds = f"at most {limit / 2**20:.0f} MiB of memory" if limit else "no memory limit"
        return f"{kind} {version}, number {self.number}, {bounds}"

    def flaws(self) -> Iterator[Flaw]:
        """Yield what is wrong with it, the worst first."""
        yield from self._list_losses()
        yield from self._list_refusals()
        if self.others:
            yield Flaw(
                f"number {self.number} holds keys of {join_names(self.others, 4)}",
                "give each application a number, or better a Redis, of its own",
            )
        elif len(self.names) > 1:
            yield Flaw(
                f"number {self.number} has clients that call themselves "
                f"{join_names(self.names, 4)}: are they of several deployments?",
                "if so, give each one a Redis number, or better a Redis, of its own",
            )

    def _list_losses(self) -> Iterator[Flaw]:
        policy = self.info.get("maxmemory_policy", "noeviction")
        if self._number("maxmemory") and policy != "noeviction":
            yield Flaw(
                f"it evicts keys when it is full ({policy}), and with them events of streams",
                "set maxmemory-policy to noeviction",
            )
        if self.info.get("role") == "slave":
            yield Flaw("it is a replica, where nothing can be written", "name the primary")
        if self._number("cluster_enabled"):
            yield Flaw("it is a cluster, which has no numbers", "name a Redis without cluster mode")

    def _list_refusals(self) -> Iterator[Flaw]:
        limit, used = self._number("maxmemory"), self._number("used_memory")
        if limit and used > FULL * limit:
            yield Flaw(f"{100 * used / limit:.0f} % of its memory is in use", "raise maxmemory")
        for name in ("rdb_last_bgsave_status", "aof_last_write_status"):
            if self.info.get(name, "ok") != "ok":
                yield Flaw(f"it cannot write to its disk ({name})", "see whether the disk is full")
        most, clients = self._number("maxclients"), self._number("connected_clients")
        if most and clients > FULL * most:
            yield Flaw(f"{clients:.0f} of {most:.0f} connections are in use", "raise maxclients")
        if int(str(self.info.get("redis_version", LEAST)).partition(".")[0]) < LEAST:
            yield Flaw(f"it is older than Redis {LEAST}", "upgrade it")

    def _number(self, name: str) -> float:
        value = self.info.get(name, 0)
        return float(value) if isinstance(value, (int, float)) else 0.0


def read_redis(uri: str) -> Redis:
    """Read it; StackError if it is not there, UsageError for a URI that cannot be read."""
    return ask_redis(uri, LABEL, _read)


def _read(client: redis.Redis) -> Redis:
    number = int(client.get_connection_kwargs().get("db") or 0)
    keys = (key for key, _ in zip(client.scan_iter(count=500), range(SAMPLE), strict=False))
    others = {name for key in keys for start, name in _OTHERS.items() if key.startswith(start)}
    clients = [each for each in _list_clients(client) if each.number == number]
    names = {each.name for each in clients if each.name}
    addresses = {each.address for each in clients}
    every = (tuple(sorted(each)) for each in (others, names, addresses))
    return Redis(client.info(), number, *every)


class _Client(NamedTuple):
    name: str
    address: str
    number: int


def _list_clients(client: redis.Redis) -> list[_Client]:
    """All clients but this one and replicas; none if the server does not say."""
    try:
        own, rows = str(client.client_id()), client.client_list()
    except redis.ResponseError:  # which a provider may not allow
        return []
    others = (row for row in rows if row["id"] != own and "S" not in row.get("flags", ""))
    return [_Client(row.get("name", ""), _plain(row["addr"]), int(row["db"])) for row in others]


def _plain(address: str) -> str:
    """An address without its port; all names of the machine itself are one."""
    host = address.rpartition(":")[0].strip("[]")
    return LOCAL if host == "::1" or host.startswith("/") else host
