"""The load of a certification: Locust in a process of its own, its history beside the suite's.

A process of its own because Locust patches the standard library for gevent as it is imported,
which must not happen to the suite, and because the generator's own CPU is then its own.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.session import Session
from onceproof.conformance.stacks.waiting import wait_for_end, wait_for_start
from onceproof.load.graphs import GRAPHS
from onceproof.load.live import Watch
from onceproof.load.place import ARRIVALS, SEED
from onceproof.reports.load import Load

#: The length of a load that nobody has chosen.
DEFAULT_S = 20

#: What a drain and the audit may take after the load itself.
AFTER_S = 90.0

#: What Locust may take to end when it is asked to.
END_S = 10.0

#: Locust takes a file and imports no package.
LOCUSTFILE = Path(__file__).resolve().parents[2] / "load" / "locustfile.py"


@dataclass(frozen=True)
class LoadPlan:
    """How long and with how many users; no load with 0 seconds."""

    seconds: int = 0
    users: int = 16
    #: Variables that name a graph of the operator's, its inputs and their number; none: probes.
    own: Mapping[str, str] = field(default_factory=dict)
    #: When runs begin, as load/arrivals/spelling.py has it; without it in a closed loop.
    arrivals: str | None = None
    seed: int = 0

    def sentence(self) -> str:
        """Return `16 users for 20 s`."""
        return f"{self.users} users for {self.seconds} s"


def choose_load_seconds(options: Options, only: Sequence[str], asked: int | None) -> int:
    """Return how long the load lasts: nobody asked for one where others live, or beside --only.

    UsageError for one that others would feel: it needs --exclusive, or a limit.
    """
    is_felt = not options.is_exclusive and options.max_rate is None
    if asked and is_felt:
        raise UsageError(
            f"--load-seconds {asked} loads a server that others may use: add --exclusive, which "
            "says that nobody does, or --max-rate N, which bounds the requests a second"
        )
    return (0 if only or is_felt else DEFAULT_S) if asked is None else asked


def run_load(
    session: Session,
    plan: LoadPlan,
    history: Path,
    start_ns: int,
    *,
    say: Callable[[str], None] = lambda text: None,
) -> Load:
    """Run it and return the results document's `load`; `start_ns` is when the run began.

    `say` is called with what it carries, as that changes. On a target without the probes that the
    users run, nothing is: the sentence says so.
    """
    missing = session.guard.missing & set(GRAPHS)
    if missing and not plan.own:
        return _explain_absence(session.guard.explain(*sorted(missing)))
    result, live = session.folder / "load.json", session.folder / "logs" / "load.txt"
    start_s = round((time.monotonic_ns() - start_ns) / 1e9, 3)
    command = [
        *(sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"),
        *("-u", str(plan.users), "-r", str(plan.users), "-t", f"{plan.seconds}s"),
        *("--host", session.target.urls[0], "--only-summary"),
    ]
    environ = _make_environment(session, plan, history=history, result=result, live=live)
    log = session.folder / "logs" / "locust.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT)
        try:
            watch = partial(_is_over, process, Watch(live), say)
            if not wait_for_start(watch, plan.seconds + AFTER_S):
                raise OnceproofError(f"the load did not end in time; read {log}")
        finally:
            _end(process)
    if not result.exists():
        raise OnceproofError(
            f"the load ended with status {process.returncode} and no result; read {log}"
        )
    load = msgspec.json.decode(result.read_bytes(), type=Load)
    return msgspec.structs.replace(load, start_s=start_s)


def _make_environment(
    session: Session, plan: LoadPlan, *, history: Path, result: Path, live: Path
) -> dict[str, str]:
    return {
        **os.environ,
        **session.options.way.as_environment(),
        **session.guest.as_environment(),
        "ONCEPROOF_HOSTS": ",".join(session.target.urls),
        "ONCEPROOF_HISTORY": str(history),
        "ONCEPROOF_SINK": session.sink.url,
        "ONCEPROOF_LOAD_RESULT": str(result),
        "ONCEPROOF_LOAD_LIVE": str(live),
        "ONCEPROOF_SERVER_PIDS": " ".join(map(str, _list_server_pids(session))),
        "ONCEPROOF_SECRETS": json.dumps(SECRETS.list_values()),
        ARRIVALS: plan.arrivals or "",
        SEED: str(plan.seed),
        **plan.own,
    }


def _is_over(process: subprocess.Popen[bytes], watch: Watch, say: Callable[[str], None]) -> bool:
    if carried := watch.describe():
        say(carried)
    return process.poll() is not None


def _list_server_pids(session: Session) -> list[int]:
    """The processes of the target, as far as they are seen from here: none behind a bare URL."""
    levers = session.target.levers
    if levers is None:
        return []
    return [pid for each in session.target.replicas for pid in levers.pids(each.name)]


def _explain_absence(reason: str) -> Load:
    said = f"no load: {reason}"
    return Load(seconds=0, users=0, accepted=0, finished_once=0, sentence=said)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        if not wait_for_end(lambda: process.poll() is not None, END_S):
            process.kill()
            process.wait()
