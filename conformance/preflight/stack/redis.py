"""What a Redis says of itself, and what of it makes a server lose or refuse work."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis

from onceproof.conformance.preflight.stack.flaw import Flaw
from onceproof.conformance.stacks.probe import ask_redis

LABEL = "--redis-uri"
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
    #: Names that clients of this number have given themselves.
    names: tuple[str, ...] = field(default=())

    def describe(self) -> str:
        """Return its version and its memory in a few words."""
        kind, version = "Redis", self.info.get("redis_version")
        if "valkey_version" in self.info:
            kind, version = "Valkey", self.info["valkey_version"]
        limit = self._number("maxmemory")
        bounds = f"at most {limit / 2**20:.0f} MiB" if limit else "no memory limit"
        return f"{kind} {version}, {bounds}, database {self.number}"

    def flaws(self) -> Iterator[Flaw]:
        """Yield what is wrong with it, the worst first."""
        yield from self._list_losses()
        yield from self._list_refusals()
        shared = self.others or (self.names if len(self.names) > 1 else ())
        if shared:
            yield Flaw(
                f"database {self.number} is shared with others: {', '.join(shared)}",
                "give each deployment a database number, or better a Redis, of its own",
            )

    def _list_losses(self) -> Iterator[Flaw]:
        policy = self.info.get("maxmemory_policy", "noeviction")
        if self._number("maxmemory") and policy != "noeviction":
            yield Flaw(
                f"it evicts keys when it is full ({policy}), and streams and wake-ups with them",
                "set maxmemory-policy noeviction",
            )
        if self.info.get("role") == "slave":
            yield Flaw("it is a replica: nothing can be written", "name the primary")
        if self._number("cluster_enabled"):
            yield Flaw("it is a cluster", "name a Redis without cluster mode")

    def _list_refusals(self) -> Iterator[Flaw]:
        limit, used = self._number("maxmemory"), self._number("used_memory")
        if limit and used > FULL * limit:
            yield Flaw(f"{100 * used / limit:.0f} % of its memory are in use", "raise maxmemory")
        for name in ("rdb_last_bgsave_status", "aof_last_write_status"):
            if self.info.get(name, "ok") != "ok":
                yield Flaw(f"it could not write to its disk ({name})", "see whether that is full")
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
    return Redis(client.info(), number, tuple(sorted(others)), _read_names(client, number))


def _read_names(client: redis.Redis, number: int) -> tuple[str, ...]:
    try:
        rows = client.client_list()
    except redis.ResponseError:  # which a provider may not allow
        return ()
    return tuple(sorted({row["name"] for row in rows if row.get("name") and row["db"] == number}))
