"""One load test in one process: where it goes, what it recorded, what it measured."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from onceproof.conformance.access.way import set_way, way_of_environment
from onceproof.conformance.errors import UsageError
from onceproof.conformance.guest.host import guest_of_environment, set_guest
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_variables
from onceproof.conformance.secrets.find import register_words
from onceproof.load.own import ASSISTANT, OwnGraph, find_own_graph
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


def settings(environ: Mapping[str, str]) -> Settings:
    """Read the ONCEPROOF_ variables."""
    hosts = environ.get("ONCEPROOF_HOSTS", "").split(",")
    return Settings(
        hosts=tuple(host.strip().rstrip("/") for host in hosts if host.strip()),
        history=environ.get("ONCEPROOF_HISTORY") or None,
        sink=environ.get("ONCEPROOF_SINK") or None,
        result=environ.get("ONCEPROOF_LOAD_RESULT") or None,
        live=environ.get("ONCEPROOF_LOAD_LIVE") or None,
        server=tuple(map(int, environ.get("ONCEPROOF_SERVER_PIDS", "").split())),
    )


@dataclass
class Session:
    """`ledger` has the submissions on each thread made here, in order; `headers` go everywhere.

    With an `own` graph the users run that, and no probes.
    """

    hosts: tuple[str, ...]
    sink: str | None
    history: History
    series: Series = field(default_factory=Series)
    ledger: dict[str, list[Submission]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    own: OwnGraph | None = None
    live: Path | None = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))


def start(host: str | None, worker: int | None, round_: int) -> Session:
    """Begin the test number `round_` of this process; `UsageError` if its history file exists."""
    given = settings(os.environ)
    set_way(way_of_environment(os.environ))
    set_guest(guest_of_environment(os.environ))
    SECRETS.add(*json.loads(os.environ.get("ONCEPROOF_SECRETS", "[]")))
    register_variables(SECRETS, os.environ)
    hosts = given.hosts or ((host.rstrip("/"),) if host else ())
    register_words(SECRETS, hosts)
    own = find_own_graph(os.environ)
    if own is not None and worker is not None:
        raise UsageError(f"{ASSISTANT} bounds the runs of one process: drop --processes, --worker")
    live = Path(given.live) if given.live else None
    history = History(history_path(given.history, worker, round_))
    return Session(hosts, given.sink, history, Series(given.server), own=own, live=live)
