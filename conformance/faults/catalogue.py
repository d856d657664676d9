"""Every kind of fault: what it is called, what it strikes, when and for how long, and how.

`begin`    a context manager: entered, something is broken; left, it is mended
`draw`     picks targets and a length from a source of randomness
`group`    the heading that a plot or a table puts it under

A fault names its targets, and no two faults hit the same thing at the same time: a process cannot
be paused while it is being killed. Everything else may be broken together.

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
from onceproof.conformance.faults.context import FaultContext
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
class Topology:
    """The replicas that faults can hit, by role."""

    apis: Sequence[str]
    workers: Sequence[str]
    lease_s: float

    @property
    def replicas(self) -> tuple[str, ...]:
        """All of them; one that is an API and a worker counts once."""
        return tuple(dict.fromkeys([*self.apis, *self.workers]))


Begin = Callable[[FaultContext, Entry], AbstractContextManager[object]]
Targets = Callable[[Random, Topology], tuple[str, ...]]


@dataclass(frozen=True)
class FaultKind:
    """One kind of fault. `lasts_s` are its bounds; that many `leases` are added to both.

    Of an `exclusive` kind only one fault of its group is active at a time, whatever it hits.
    """

    group: str
    targets: Targets
    begin: Begin
    lasts_s: tuple[float, float] = (0.0, 0.0)
    leases: float = 0.0
    exclusive: bool = False

    def claims(self, entry: Entry) -> tuple[str, ...]:
        """Return what no other fault may hit meanwhile."""
        return (*entry.hits, self.group) if self.exclusive else entry.hits

    def draw(self, dice: Random, at_s: float, name: str, topology: Topology) -> Entry:
        """Draw an entry of this kind."""
        least, most = self.lasts_s
        lasts_s = dice.uniform(least, most) + self.leases * topology.lease_s
        return Entry(round(at_s, 2), name, round(lasts_s, 2), self.targets(dice, topology))


def _a_worker(dice: Random, topology: Topology) -> tuple[str, ...]:
    return (dice.choice(topology.workers),)


def _an_api(dice: Random, topology: Topology) -> tuple[str, ...]:
    return (dice.choice(topology.apis),)


def _everyone(dice: Random, topology: Topology) -> tuple[str, ...]:
    return topology.replicas


def _one(thing: str) -> Targets:
    return lambda dice, topology: (thing,)


def _worker_and(service: str) -> Targets:
    return lambda dice, topology: (dice.choice(topology.workers), service)


def _kill(context: FaultContext, entry: Entry) -> AbstractContextManager[None]:
    levers = context.session.levers()
    return processes.kill_all(
        context.session, levers, entry.hits, None, patience_s=PATIENCE_S, wanted=context.staying
    )


def _stop(context: FaultContext, entry: Entry) -> AbstractContextManager[object]:
    return processes.stop_replica(
        context.session,
        context.session.levers(),
        entry.hits[0],
        None,
        wait_s=DRAIN_S,
        patience_s=PATIENCE_S,
        wanted=context.staying,
    )


def _partition(service: str) -> Begin:
    return lambda context, entry: networks.partition(
        context.session, context.session.wiring, entry.hits[0], service
    )


def _network(act: Callable[..., AbstractContextManager[None]], service: str, *more: float) -> Begin:
    return lambda context, entry: act(context.session, context.session.wiring, service, *more)


def _kill_service(service: str) -> Begin:
    return lambda context, entry: dependencies.kill_service(context.session, service)


FAULT_KINDS: Mapping[str, FaultKind] = {
    "worker-killed": FaultKind("workers", _a_worker, _kill, (0, 2)),
    "worker-stalled": FaultKind(
        "workers",
        _a_worker,
        lambda context, entry: processes.pause_replica(context.session, entry.hits[0]),
        (0.5, 2),
        leases=1,
    ),
    "worker-drained": FaultKind("workers", _a_worker, _stop, (1, 3)),
    "loop-blocked": FaultKind(
        "workers",
        _one("a worker's loop"),
        lambda context, entry: readers.block_loop(context, entry.lasts_s),
        (0.5, 1.5),
        leases=1,
    ),
    # One API at a time: where nobody can be asked, there is nothing that could go wrong.
    "api-killed": FaultKind("apis", _an_api, _kill, (0, 2), exclusive=True),
    "api-restarted": FaultKind("apis", _an_api, _stop, (0.5, 2), exclusive=True),
    "all-killed": FaultKind("everything", _everyone, _kill, (0, 1)),
    "postgres-restarted": FaultKind(
        POSTGRES,
        _one(POSTGRES),
        lambda context, entry: dependencies.restart_postgres(context.session),
    ),
    "postgres-killed": FaultKind(POSTGRES, _one(POSTGRES), _kill_service(POSTGRES), (0, 3)),
    "postgres-cut": FaultKind(POSTGRES, _one(POSTGRES), _network(networks.sever, POSTGRES)),
    "postgres-slow": FaultKind(
        POSTGRES, _one(POSTGRES), _network(networks.slow_down, POSTGRES, SLOW_S), (2, 5)
    ),
    "postgres-refused": FaultKind(
        POSTGRES, _one(POSTGRES), _network(networks.refuse, POSTGRES), (1, 3)
    ),
    "postgres-partitioned": FaultKind(
        "network", _worker_and(POSTGRES), _partition(POSTGRES), (0.5, 3), leases=1
    ),
    "redis-restarted": FaultKind(
        REDIS, _one(REDIS), lambda context, entry: dependencies.restart_redis(context.session)
    ),
    "redis-flushed": FaultKind(
        REDIS, _one(REDIS), lambda context, entry: dependencies.flush_redis(context.session)
    ),
    "redis-half-open": FaultKind(REDIS, _one(REDIS), _network(networks.half_open, REDIS), (3, 8)),
    "redis-refused": FaultKind(REDIS, _one(REDIS), _network(networks.refuse, REDIS), (1, 3)),
    "redis-partitioned": FaultKind(
        "network", _worker_and(REDIS), _partition(REDIS), (0.5, 3), leases=1
    ),
    "ack-lost": FaultKind(
        "clients",
        _an_api,
        lambda context, entry: networks.lose_acks(
            context.session, context.session.wiring, entry.hits[0]
        ),
        (0.5, 2),
    ),
    "answer-truncated": FaultKind(
        "clients",
        _an_api,
        lambda context, entry: networks.truncate_answers(
            context.session, context.session.wiring, entry.hits[0], TRUNCATE_BYTES
        ),
        (0.5, 2),
    ),
    "reader-stalled": FaultKind(
        "clients",
        _one("a reader"),
        lambda context, entry: readers.stall_reader(context),
        (2, 6),
    ),
    "reader-slow": FaultKind(
        "clients",
        _one("another reader"),
        lambda context, entry: readers.stall_reader(context, slow=True),
        (2, 6),
    ),
}
