"""`certify`, as data flows: suite, load, checks, verdicts, reports.

Each part leaves its evidence in the run's folder before the next one starts, and whatever happens
the reports of what was seen so far are written: an interrupted run says `inconclusive`.
"""

import platform
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.judgement.evidence import Kept, derive, keep, recall
from onceproof.conformance.options import Options
from onceproof.conformance.register import PROFILES, select
from onceproof.conformance.run_folder import LOAD_HISTORY
from onceproof.conformance.runner import lanes
from onceproof.conformance.runner.collector import Collector
from onceproof.conformance.runner.load import LoadPlan, run_load
from onceproof.conformance.session import SESSION, Session
from onceproof.conformance.stacks import stacks_that_offer
from onceproof.conformance.stacks.uris import redact
from onceproof.reports.progress import Progress
from onceproof.reports.results import Results
from onceproof.reports.write import write_all

SUITE = Path(__file__).parents[1] / "suite"


@dataclass
class Plan:
    """What one certification does."""

    options: Options
    only: tuple[str, ...] = ()
    load: LoadPlan = field(default_factory=LoadPlan)
    command: str = "onceproof certify"
    lanes: int = 1
    profiles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        select(self.only)
        for name in self.profiles:
            if name not in PROFILES:
                raise UsageError(
                    f"--profiles {name!r} is not known; the profiles are {', '.join(PROFILES)}"
                )
        apart = self.options.stack_kind() in stacks_that_offer("side-by-side")
        if self.lanes > 1 and not apart:
            raise UsageError(
                f"--lanes {self.lanes} starts as many targets, and the stack of DATABASE_URI and "
                "REDIS_URI is one: take --lanes 1 or another --stack"
            )
        if self.only and self.load.seconds:
            raise UsageError("--only selects tests, and --load-seconds needs all of them: drop one")


class Certification:
    """One run of the plan; `certify` returns its results and the files they were written to."""

    def __init__(self, plan: Plan, progress: Progress):
        self._plan = plan
        self._progress = progress
        self._collector = Collector(progress.test, progress.expect)
        self._started = datetime.now(UTC)
        self._start_ns = time.monotonic_ns()
        self._load: dict[str, Any] | None = None
        self._interrupted = False
        self._broken: str | None = None

    def certify(self) -> tuple[Results, dict[str, Path]]:
        """Start everything, run everything, stop everything, and tell."""
        with _terminable(), Session(self._plan.options, self._progress.phase) as session:
            try:
                self._run(session)
            except KeyboardInterrupt:
                self._interrupted = True
                self._progress.phase("interrupted: writing what was seen so far")
            about = {
                "target": self._plan.options.named() | session.target.identity(),
                "stack": session.stack.describe(),
            }
        self._progress.phase("checking the history")
        keep(self._kept(session.folder, about), session.folder)
        # Of what was kept and not of what is in memory: rechecking the run must say the same.
        results = derive(recall(session.folder), session.folder)
        if self._broken is not None:
            self._progress.note(f"the harness failed: {self._broken}")
        return results, write_all(results, session.folder)

    def _run(self, session: Session) -> None:
        self._run_suite(session)
        if self._plan.load.seconds:
            self._progress.phase(f"load: {self._plan.load.sentence()}")
            self._load = run_load(session, self._plan.load, session.folder / LOAD_HISTORY)
            self._load["start_s"] = round(self._load["start_s"] - self._start_ns / 1e9, 3)

    def _run_suite(self, session: Session) -> None:
        count = self._plan.lanes
        side_by_side = f", in {count} lanes with a deployment each" if count > 1 else ""
        self._progress.phase(f"running the suite{side_by_side}")
        given: list[str] = self._pytest_arguments()
        plugins: list[object] = [self._collector, _OpenSession(session)]
        if count > 1:
            given += lanes.arguments(self._plan.options, session.folder, count)
            plugins.append(lanes.Dealer(session.folder))
        status = pytest.main(given, plugins)
        for nodeid, noted in lanes.noted_tests(session.folder).items():
            self._collector.evidence.known[nodeid] = noted.requirements
        self._progress.chapters()
        if self._collector.broken:
            self._broken = self._collector.broken[0]
        elif status == pytest.ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
        elif status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            self._broken = f"pytest ended with status {int(status)}"

    def _pytest_arguments(self) -> list[str]:
        only = [argument for prefix in self._plan.only for argument in ("--only", prefix)]
        return ["-c", str(SUITE / "pytest.ini"), "-p", "no:terminal", *only, str(SUITE)]

    # -- the evidence ----------------------------------------------------------------------------

    def _kept(self, folder: Path, about: dict[str, Any]) -> Kept:
        finished = datetime.now(UTC)
        evidence = self._collector.evidence
        return Kept(
            harness={
                "name": "onceproof",
                "version": version("onceproof"),
                "python": platform.python_version(),
            },
            run={
                "id": folder.name,
                "started": self._started.isoformat(),
                "finished": finished.isoformat(),
                "seconds": round((finished - self._started).total_seconds(), 1),
                "command": self._plan.command,
                "folder": str(folder),
                "only": [prefix.upper() for prefix in self._plan.only],
                "profiles": list(self._plan.profiles),
            },
            **about,
            environment=_environment(),
            deviations=self._plan.options.deviations(),
            start_ns=self._start_ns,
            known=evidence.known,
            tests=list(evidence.tests.values()),
            load=self._load,
            interrupted=self._interrupted,
            broken=self._broken,
        )


class _OpenSession:
    """A pytest plugin that gives the suite's fixtures the session that is open already."""

    def __init__(self, session: Session):
        self._session = session

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[SESSION] = self._session


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a certification as Ctrl-C does: in order, with nothing left behind."""

    def told(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, told)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _environment() -> dict[str, Any]:
    return {
        "platform": platform.platform(),
        "cpus": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "argv": [redact(word) for word in sys.argv[1:]],
    }
