"""One certification under way: the stack, the target on it, the sink, and the history.

Started as one, stopped in reverse order, whatever happened in between.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from onceproof.conformance.access import use_way
from onceproof.conformance.access.proxies import proxy_for
from onceproof.conformance.errors import TargetError
from onceproof.conformance.guest import Guest, Mark, use_guest
from onceproof.conformance.guest.budget import NAME as RATE
from onceproof.conformance.guest.budget import Budget
from onceproof.conformance.guest.foreign import BREAKS, explain
from onceproof.conformance.guest.journal import NAME as JOURNAL
from onceproof.conformance.guest.journal import RUN, Journal
from onceproof.conformance.history import Record, Recorder, read
from onceproof.conformance.installed import advise_install, require_program
from onceproof.conformance.options import Options
from onceproof.conformance.preflight.hosted import find_absent_routes, find_missing_probes
from onceproof.conformance.preflight.look import Look, look_at
from onceproof.conformance.preflight.stack.asked import list_warnings
from onceproof.conformance.probes import GRAPHS
from onceproof.conformance.removal.guarded import leave_nothing
from onceproof.conformance.run_folder import HISTORY, LANES
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.files import hide_in_folder
from onceproof.conformance.stacks import (
    STACKS,
    Stack,
    StackLevers,
    describe_half,
    open_stack,
)
from onceproof.conformance.stacks.external import ObservedStack
from onceproof.conformance.stacks.variables import without_postgres_variables
from onceproof.conformance.targets import (
    EnvOf,
    Levers,
    ReplicaCounts,
    Target,
    UrlTarget,
)
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.targets.base import Facts
from onceproof.conformance.targets.kinds import TargetPlan, make_target
from onceproof.conformance.targets.shell import parse_levers
from onceproof.conformance.targets.started import StartedTarget
from onceproof.conformance.wire.probes import ProbeGuard
from onceproof.conformance.witness import Sink

if TYPE_CHECKING:
    from onceproof.conformance.stacks.network import ContainerNetwork

LOOPBACK = "127.0.0.1"

#: On top of lease and sweep: claiming again, on a machine that is busy with the suite itself.
ALLOWANCE_MS = 4_000


class Session:
    """Everything a suite or a load needs, as attributes; a context manager."""

    stack: Stack
    target: Target
    history: Recorder
    sink: Sink
    guest: Guest
    network: "ContainerNetwork | None" = None
    #: How long the target took to start: on a busy machine many times as long as on a quiet one.
    #: 0 for one that ran already.
    start_s: float = 0.0

    def __init__(self, options: Options, say: Callable[[str], None] = lambda text: None):
        """`say` is called with what is being started; nothing is started yet."""
        self.options = options
        require_program(options)
        STACKS[options.stack_kind()].require()
        self.folder: Path = options.folder()
        #: URLs of replicas that are broken just now: clients pass them over, as a balancer does.
        self.away: set[str] = set()
        #: How often the stack, which all deployments share, has been broken on purpose.
        self.outages = 0
        #: What the first seconds showed of a target that runs already.
        self.look = Look()
        #: Which probe graphs the target lacks.
        self.guard = ProbeGuard(GRAPHS)
        self._say = say
        self.closing = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.closing.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.close()

    def describe(self) -> tuple[Facts, Facts]:
        """Return what is known of the target and of the stack; little before they have started."""
        target: Facts = {"kind": "url" if self.options.urls else self.options.target_kind}
        stack: Facts = {"kind": self.options.stack_kind()}
        if hasattr(self, "target"):
            target = self.target.identity()
        if hasattr(self, "stack"):
            stack = {**self.stack.describe()}
        return self.options.describe_profile() | target, stack

    @property
    def recovery_ms(self) -> int:
        """How long after a fault a target of these timings may still be putting things right."""
        return self.options.lease_ms + 2 * self.options.sweep_ms + ALLOWANCE_MS

    def env_of(self, replica: str) -> Mapping[str, str]:
        """Return extra environment variables for this replica only; none by default."""
        return {}

    def levers(self) -> Levers:
        """Return control over the target's processes; TargetError where there is none."""
        if self.target.levers is None:
            raise TargetError(f"a target of kind {self.target.kind!r} has no processes of ours")
        return self.target.levers

    def workers(self) -> list[str]:
        """Return the replicas of the target that execute runs."""
        return [replica.name for replica in self.target.replicas if replica.role != "api"]

    def records(self) -> list[Record]:
        """Return the history so far."""
        self.history.flush()
        return list(read(self.history.path))

    def _start(self) -> None:
        way = self.closing.enter_context(use_way(self.options.way))
        way.check()
        self.guest = self.closing.enter_context(use_guest(self._make_guest()))
        for each in parse_urls(self.options.urls):
            proxy_for(each.url)  # refuses one that not all parts could use
        # Called last of all: those who write logs have ended by then.
        self.closing.callback(hide_in_folder, SECRETS, self.folder)
        self.history = self.closing.enter_context(Recorder(self.folder / HISTORY))
        if self.options.image:
            self.network = self._make_network()
        self.sink = Sink(self.history, host=self._witness_address())
        self.sink.start()
        self.closing.callback(self.sink.stop)
        if self.options.lets_environment_choose and (half := describe_half(self.options.environ)):
            self._say(half)
        self.stack = self._make_stack()
        self._borrow_stack()
        if self.stack.offers("own-servers"):
            self.closing.enter_context(without_postgres_variables())
        self._say(f"starting the stack ({self.stack.kind})")
        self.closing.callback(self.stack.stop)
        self.stack.start()
        self._look_at_stack()
        self.target = self._make_target()
        self._say(f"starting the target ({self.target.kind})")
        self.closing.callback(self.target.stop)
        began_s = time.monotonic()
        self.target.start()
        if not self.options.urls:
            self.start_s = time.monotonic() - began_s
        if self.options.urls or self.options.stack_kind() == "external":
            self.closing.callback(self._leave_nothing)
        self._look_at_target()

    def _look_at_stack(self) -> None:
        """Say what is wrong with a Postgres and a Redis that are not of our making."""
        if self.stack.kind == "external":
            for warning in list_warnings(self.stack.database_uri, self.stack.redis_uri):
                self._say(warning)

    def _look_at_target(self) -> None:
        if self.options.urls:
            self.look = look_at(self.target.urls, self.options)
            missing = self.look.missing
        else:
            missing = find_missing_probes(self.target.urls[0])
        if self.look.lumps:
            self._say(self.look.lumps)
        self.guard = ProbeGuard(GRAPHS, missing)
        self.guard.routes = find_absent_routes(self.target.urls[0])
        if missing:
            number = f"{len(missing)} of {len(GRAPHS)}"
            self._say(f"{number} probe graphs are not hosted: what needs them is not judged")

    def _leave_nothing(self) -> None:
        leave_nothing(self.target.urls, self.guest, self.folder, self._say)

    def _make_guest(self) -> Guest:
        mark, journal = Mark(), Journal(self.folder / JOURNAL)
        journal.note(RUN, mark.run_id)
        return Guest(mark, journal, self._make_budget(), self.options.is_exclusive)

    def _make_budget(self) -> Budget | None:
        """One file for all lanes, whose folders lie in that of the run."""
        rate = self.options.max_rate
        run = self.folder.parents[1] if self.folder.parent.name == LANES else self.folder
        return None if rate is None else Budget(rate, run / RATE)

    def _make_network(self) -> "ContainerNetwork":
        # Imported only here: the engine's client takes longer to load than a stack to start.
        from onceproof.conformance.stacks.network import ContainerNetwork

        network = ContainerNetwork(self.options.witness_address)
        self.closing.callback(network.stop)
        network.start()
        return network

    def _witness_address(self) -> str:
        if self.network is not None:
            return self.network.address
        return self.options.witness_address or LOOPBACK

    def _make_stack(self) -> Stack:
        kind, folder = self.options.stack_kind(), self.folder / "stack"
        if kind == "external" and self.options.urls:
            return ObservedStack(self.options.stack_environ())
        return open_stack(kind, folder, self.options.stack_environ(), self.network)

    def _borrow_stack(self) -> None:
        """Take hands on Postgres and Redis where they were found, if nobody else uses them."""
        found = self.options.found
        if found is not None and self.options.is_exclusive and found.has_stack:
            self.stack.lend(StackLevers(found.services))

    def _make_target(self) -> Target:
        options = self.options
        if options.urls:
            return self._find_target()
        return self.make_target(
            self.folder, options.settings(self.folder), counts=options.replica_counts
        )

    def _find_target(self) -> UrlTarget:
        """Return the target that runs already; levers that the user gives win over found ones."""
        options, levers = self.options, parse_levers(self.options.levers)
        withheld = "" if options.is_exclusive else explain(BREAKS)
        if (found := options.found) is None:
            return UrlTarget(
                [*options.urls], workers=options.workers, levers=levers, withheld=withheld
            )
        for line in (found.says, *found.describe_other_settings(options.profile.settings())):
            self._say(line)
        every = dict(found.levers) | levers
        return UrlTarget([*options.urls], replicas=found.replicas, levers=every, withheld=withheld)

    def make_target(
        self,
        folder: Path,
        env: Mapping[str, str],
        *,
        counts: ReplicaCounts,
        stack: Stack | None = None,
        env_of: EnvOf | None = None,
    ) -> StartedTarget[Any]:
        """Return the target that is started here, once more: not yet started, and on the session's
        stack unless `stack` is another."""
        start, kind = self.options.profile.start, self.options.target_kind
        plan = TargetPlan(
            named=getattr(self.options, kind, None),
            stack=stack or self.stack,
            folder=folder,
            env=env,
            counts=counts,
            env_of=env_of or self.env_of,
            command=self.options.command,
            worker_command=self.options.worker_command,
            first=start.first,
            install=advise_install(self.options),
            health=start.health,
            in_turn=start.in_turn,
            network=self.network,
        )
        return make_target(kind, plan)


#: Where a pytest session keeps the certification that it belongs to. `onceproof certify` sets it,
#: having opened a session already; plain pytest starts one of its own.
SESSION = pytest.StashKey[Session]()
