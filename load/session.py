"""One load test in one process: where it goes, what it recorded, what it measured."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from onceproof.conformance.access.way import set_way, way_of_environment
from onceproof.conformance.guest.host import guest_of_environment, set_guest
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_variables
from onceproof.conformance.secrets.find import register_words
from onceproof.load.arrivals.dealer import Dealer
from onceproof.load.arrivals.spelling import read_schedule
from onceproof.load.own import OwnGraph, find_own_graph
from onceproof.load.place import ARRIVALS, SEED, Place
from onceproof.load.recorder import History, history_path
from onceproof.load.series import Series


@dataclass
class Submission:
    """A run that was requested: `run_id` is None until the server has named it."""

    nonce: str
    accepted: bool = False
    run_id: str | None = None


@dataclass(frozen=True)
class Settings:
    """What the environment says; nothing of it is needed."""

    hosts: tuple[str, ...]
    history: str | None
    sink: str | None
    result: str | None
    server: tuple[int, ...] = ()
    live: str | None = None
    arrivals: str | None = None
    seed: int = 0


def settings(environ: Mapping[str, str]) -> Settings:
    """Read the ONCEPROOF_ variables."""
    hosts = environ.get("ONCEPROOF_HOSTS", "").split(",")
    return Settings(
        hosts=tuple(host.strip().rstrip("/") for host in hosts if host.strip()),
        history=environ.get("ONCEPROOF_HISTORY") or None,
        sink=environ.get("ONCEPROOF_SINK") or None,
        result=environ.get("ONCEPROOF_LOAD_RESULT") or None,
        live=environ.get("ONCEPROOF_LOAD_LIVE") or None,
        arrivals=environ.get(ARRIVALS) or None,
        seed=int(environ.get(SEED) or 0),
        server=tuple(map(int, environ.get("ONCEPROOF_SERVER_PIDS", "").split())),
    )


@dataclass
class Session:
    """`ledger` has the submissions on each thread made here, in order; `headers` go everywhere.

    With an `own` graph the users run that, and no probes. With a `dealer` they begin runs when it
    says so, and else without a pause.
    """

    hosts: tuple[str, ...]
    sink: str | None
    history: History
    series: Series = field(default_factory=Series)
    ledger: dict[str, list[Submission]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    own: OwnGraph | None = None
    dealer: Dealer | None = None
    live: Path | None = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing more to begin."""
        return any(each is not None and each.is_spent for each in (self.own, self.dealer))


def find_dealer(given: Settings, place: Place, weights: Mapping[str, int]) -> Dealer | None:
    """Return who deals this process's share of the schedule, None if there is no schedule."""
    if given.arrivals is None:
        return None
    arrivals = read_schedule(ARRIVALS, given.arrivals, given.seed, weights)
    return Dealer(place.share(arrivals), weights, given.seed + (place.worker or 0))


def start(host: str | None, place: Place, weights: Mapping[str, int]) -> Session:
    """Begin a test; `UsageError` if its history file exists.

    `weights` are those of the users by the kind of their runs.
    """
    given = settings(os.environ)
    dealer = find_dealer(given, place, weights)
    set_way(way_of_environment(os.environ))
    set_guest(guest_of_environment(os.environ))
    SECRETS.add(*json.loads(os.environ.get("ONCEPROOF_SECRETS", "[]")))
    register_variables(SECRETS, os.environ)
    hosts = given.hosts or ((host.rstrip("/"),) if host else ())
    register_words(SECRETS, hosts)
    own = find_own_graph(os.environ)
    live = Path(given.live) if given.live else None
    history = History(history_path(given.history, place.worker, place.round))
    series = Series(given.server)
    return Session(hosts, given.sink, history, series, own=own, dealer=dealer, live=live)
