"""What one chaos does, as data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onceproof.conformance.chaos.reach import choose_faults
from onceproof.conformance.errors import UsageError
from onceproof.conformance.faults.catalogue import FAULT_KINDS, Topology
from onceproof.conformance.faults.schedule import check_kinds, read_schedule
from onceproof.conformance.options import Options
from onceproof.conformance.stacks import stacks_that_offer
from onceproof.conformance.targets import Replica

#: Kinds of stack whose servers we may break.
BREAKABLE = stacks_that_offer("own-servers")

#: Regions of faults that need no stack.
OF_PROCESSES = frozenset({"workers", "apis", "everything", "clients"})

#: What the clients do, by name.
MIXED, POISON = "mixed", "poison"

#: The runs of a poison workload by default, and the settings under which it blocks for too long.
POISON_RUNS = 200
POISON_ENV = ("BLOCKED_LOOP_LIMIT_SECS=5", "BG_JOB_TIMEOUT_SECS=60")

#: Runs created per minute by default: enough for several in each fault.
RUNS_PER_MINUTE = 120
NOOPS_PER_MINUTE = 500


@dataclass(frozen=True)
class Plan:
    """Where all randomness comes from, for how long, and how much.

    `runs` and `noops` are created over the minutes, on `threads` that several clients share and on
    others of their own. `faults` names kinds, `schedule` a file that takes the place of the seed's
    own schedule. `drain_s` bounds the liveness phase, and `call` is the command that repeats it.

    A `poison` workload breaks enough by itself: faults are added only if they are named.
    """

    options: Options
    seed: int
    minutes: float = 2.0
    runs: int | None = None
    noops: int | None = None
    workload: str = MIXED
    threads: int = 10
    clients: int = 12
    faults: tuple[str, ...] = ()
    schedule: Path | None = None
    drain_s: float = 120.0
    call: str = "onceproof chaos"

    def __post_init__(self) -> None:
        check_kinds(self.faults)
        if self.schedule is not None:
            read_schedule(self.schedule)
        if self.options.urls:
            self._adapt_to_url()
        elif self.options.stack_kind() not in BREAKABLE and not self._spares_the_stack():
            raise UsageError(
                f"--stack {self.options.stack_kind()} is not ours to break; choose one of "
                f"{', '.join(BREAKABLE)}, or, for a server with its own storage, list each "
                "--fault and leave out those of Postgres, Redis and the network"
            )
        if self.is_poison:
            options = replace(self.options, env=(*POISON_ENV, *self.options.env))
            object.__setattr__(self, "options", options)

    def _adapt_to_url(self) -> None:
        """What runs already is broken by its levers, and its settings are not ours."""
        if self.is_poison:
            raise UsageError(
                "--workload poison needs a server that is started with its settings: give "
                "--command, or nothing for the reference server, in place of --url"
            )
        chosen = choose_faults(self.options, self.faults)
        if not self.options.is_exclusive:
            raise UsageError(
                "chaos breaks and loads a server at --url that others may use: add --exclusive, "
                "which says that nobody does"
            )
        object.__setattr__(self, "faults", chosen)

    def _spares_the_stack(self) -> bool:
        """Whether the target has its own storage, and only faults that spare it were chosen."""
        regions = {FAULT_KINDS[fault].group for fault in self.faults}
        chosen = bool(regions) or self.is_poison
        return self.options.stack_kind() == "none" and chosen and regions <= OF_PROCESSES

    @property
    def is_poison(self) -> bool:
        """Whether some runs are bad for the process that executes them."""
        return self.workload == POISON

    @property
    def seconds(self) -> float:
        """The length of the safety phase."""
        return self.minutes * 60

    @property
    def run_count(self) -> int:
        """How many runs the clients create, batches apart."""
        if self.is_poison and self.runs is None:
            return POISON_RUNS
        return self._over_time(self.runs, RUNS_PER_MINUTE)

    @property
    def noop_count(self) -> int:
        """How many runs without work are created in batches."""
        return self._over_time(self.noops, NOOPS_PER_MINUTE)

    def _over_time(self, count: int | None, per_minute: int) -> int:
        return round(per_minute * self.minutes) if count is None else count


def places_of(replicas: Sequence[Replica], lease_ms: int) -> Topology:
    """Return what faults can hit in a target that was started."""
    return Topology(
        apis=[each.name for each in replicas if each.role != "worker"],
        workers=[each.name for each in replicas if each.role in ("worker", "all")],
        lease_s=lease_ms / 1000,
    )
