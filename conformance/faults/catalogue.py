"""Every fault as a package: what it is called, where it strikes, when and how long, and how.

{inject, heal}  `begin`, a context: entered, something is broken; left, it is mended
{schedule}      `draw`, which picks targets and a length by a given source of randomness
{region}        what a plot or a table puts it under

A package names what it `hits`, and no two faults hit the same thing at the same time: a process
cannot be paused while it is being killed. Everything else may be broken together.

Left out: skewed clocks. Processes on a machine share the kernel's clock, also in containers: Linux
has namespaces for the monotonic clock and the time since boot, none for the time of day. What is
left is a library preloaded into one process (libfaketime, whose wheel holds a binary of one
platform under the GPL, and which statically linked servers pass by). The reference server would not
notice: due times and leases go by Postgres's clock, its own only dates usage reports and webhooks.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random

import msgspec

from onceproof.conformance.faults import dependencies, networks, processes, readers
from onceproof.conformance.faults.context import Ground
from onceproof.conformance.faults.wiring import POSTGRES, REDIS

#: How long a replica is tried to be started while Postgres or Redis may be gone as well.
PATIENCE_S = 60.0
#: A worker that is asked to end has this long; the runs of a chaos are shorter.
DRAIN_S = 30.0
SLOW_S = 0.05
TRUNCATE_BYTES = 3_000


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault of a schedule: when after the start, for how long, and what it hits."""

    at_s: float
    fault: str
    lasts_s: float
    hits: tuple[str, ...]

    def __str__(self) -> str:
        where = ", ".join(self.hits)
        lasts = f" for {self.lasts_s:g} s" if self.lasts_s else ""
        return f"{self.fault} of {where}{lasts}"


@dataclass(frozen=True)
class Places:
    """What there is to hit, by role."""

    apis: Sequence[str]
    workers: Sequence[str]
    lease_s: float

    @property
    def replicas(self) -> tuple[str, ...]:
        """All of them; one that is an API and a worker counts once."""
        return tuple(dict.fromkeys([*self.apis, *self.workers]))


Begin = Callable[[Ground, Entry], AbstractContextManager[object]]
Hits = Callable[[Random, Places], tuple[str, ...]]


@dataclass(frozen=True)
class Package:
    """One kind of fault. `lasts_s` are its bounds; `leases` more are added to both.

    `alone` are those of which there is only one in its region at a time, whatever they hit.
    """

    region: str
    hits: Hits
    begin: Begin
    lasts_s: tuple[float, float] = (0.0, 0.0)
    leases: float = 0.0
    alone: bool = False

    def takes(self, entry: Entry) -> tuple[str, ...]:
        """What no other fault may hit meanwhile."""
        return (*entry.hits, self.region) if self.alone else entry.hits

    def draw(self, dice: Random, at_s: float, name: str, places: Places) -> Entry:
        """An entry of this kind."""
        least, most = self.lasts_s
        lasts_s = dice.uniform(least, most) + self.leases * places.lease_s
        return Entry(round(at_s, 2), name, round(lasts_s, 2), self.hits(dice, places))


def _a_worker(dice: Random, places: Places) -> tuple[str, ...]:
    return (dice.choice(places.workers),)


def _an_api(dice: Random, places: Places) -> tuple[str, ...]:
    return (dice.choice(places.apis),)


def _everyone(dice: Random, places: Places) -> tuple[str, ...]:
    return places.replicas


def _one(thing: str) -> Hits:
    return lambda dice, places: (thing,)


def _worker_and(service: str) -> Hits:
    return lambda dice, places: (dice.choice(places.workers), service)


def _killed(ground: Ground, entry: Entry) -> AbstractContextManager[None]:
    levers = ground.session.levers()
    return processes.all_killed(
        ground.session, levers, entry.hits, None, patience_s=PATIENCE_S, wanted=ground.staying
    )


def _stopping(ground: Ground, entry: Entry) -> AbstractContextManager[object]:
    return processes.stopping(
        ground.session,
        ground.session.levers(),
        entry.hits[0],
        None,
        wait_s=DRAIN_S,
        patience_s=PATIENCE_S,
        wanted=ground.staying,
    )


def _partitioned(service: str) -> Begin:
    return lambda ground, entry: networks.partitioned(
        ground.session, ground.session.wiring, entry.hits[0], service
    )


def _network(act: Callable[..., AbstractContextManager[None]], service: str, *more: float) -> Begin:
    return lambda ground, entry: act(ground.session, ground.session.wiring, service, *more)


def _service_killed(service: str) -> Begin:
    return lambda ground, entry: dependencies.killed_service(ground.session, service)


PACKAGES: Mapping[str, Package] = {
    "worker-killed": Package("workers", _a_worker, _killed, (0, 2)),
    "worker-stalled": Package(
        "workers",
        _a_worker,
        lambda ground, entry: processes.paused(ground.session, entry.hits[0]),
        (0.5, 2),
        leases=1,
    ),
    "worker-drained": Package("workers", _a_worker, _stopping, (1, 3)),
    "loop-blocked": Package(
        "workers",
        _one("a worker's loop"),
        lambda ground, entry: readers.loop_blocked(ground, entry.lasts_s),
        (0.5, 1.5),
        leases=1,
    ),
    # One API at a time: where nobody can be asked, there is nothing that could go wrong.
    "api-killed": Package("apis", _an_api, _killed, (0, 2), alone=True),
    "api-restarted": Package("apis", _an_api, _stopping, (0.5, 2), alone=True),
    "all-killed": Package("everything", _everyone, _killed, (0, 1)),
    "postgres-restarted": Package(
        POSTGRES,
        _one(POSTGRES),
        lambda ground, entry: dependencies.restart_postgres(ground.session),
    ),
    "postgres-killed": Package(POSTGRES, _one(POSTGRES), _service_killed(POSTGRES), (0, 3)),
    "postgres-cut": Package(POSTGRES, _one(POSTGRES), _network(networks.severed, POSTGRES)),
    "postgres-slow": Package(
        POSTGRES, _one(POSTGRES), _network(networks.slowed, POSTGRES, SLOW_S), (2, 5)
    ),
    "postgres-refused": Package(
        POSTGRES, _one(POSTGRES), _network(networks.refused, POSTGRES), (1, 3)
    ),
    "postgres-partitioned": Package(
        "network", _worker_and(POSTGRES), _partitioned(POSTGRES), (0.5, 3), leases=1
    ),
    "redis-restarted": Package(
        REDIS, _one(REDIS), lambda ground, entry: dependencies.restart_redis(ground.session)
    ),
    "redis-flushed": Package(
        REDIS, _one(REDIS), lambda ground, entry: dependencies.flush_redis(ground.session)
    ),
    "redis-half-open": Package(REDIS, _one(REDIS), _network(networks.half_open, REDIS), (3, 8)),
    "redis-refused": Package(REDIS, _one(REDIS), _network(networks.refused, REDIS), (1, 3)),
    "redis-partitioned": Package(
        "network", _worker_and(REDIS), _partitioned(REDIS), (0.5, 3), leases=1
    ),
    "ack-lost": Package(
        "clients",
        _an_api,
        lambda ground, entry: networks.acks_lost(
            ground.session, ground.session.wiring, entry.hits[0]
        ),
        (0.5, 2),
    ),
    "answer-truncated": Package(
        "clients",
        _an_api,
        lambda ground, entry: networks.answers_truncated(
            ground.session, ground.session.wiring, entry.hits[0], TRUNCATE_BYTES
        ),
        (0.5, 2),
    ),
    "reader-stalled": Package(
        "clients",
        _one("a reader"),
        lambda ground, entry: readers.reader_stalled(ground),
        (2, 6),
    ),
    "reader-slow": Package(
        "clients",
        _one("another reader"),
        lambda ground, entry: readers.reader_stalled(ground, slow=True),
        (2, 6),
    ),
}
