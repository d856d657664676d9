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

from conformance.checks import run_all
from conformance.collector import Collector
from conformance.errors import HARNESS, INTERRUPTED, OnceproofError, UsageError
from conformance.history import Record, merge
from conformance.loading import LoadPlan, run_load
from conformance.options import Options
from conformance.register import load as load_register
from conformance.register import select
from conformance.session import HISTORY, Session
from conformance.verdicts import requirements, totals
from reports.outcome import settle
from reports.progress import Progress
from reports.results import SCHEMA, Results
from reports.write import write_all

SUITE = Path(__file__).parent / "suite"
LOAD_HISTORY = "history-load.jsonl"


@dataclass
class Plan:
    """What one certification does."""

    options: Options
    only: tuple[str, ...] = ()
    load: LoadPlan = field(default_factory=LoadPlan)
    command: str = "onceproof certify"

    def __post_init__(self) -> None:
        select(self.only)
        if self.only and self.load.seconds:
            raise UsageError("--only selects tests, and --load-seconds needs all of them: drop one")


class Certification:
    """One run of the plan; `certify` returns its results and the files they were written to."""

    def __init__(self, plan: Plan, progress: Progress):
        self._plan = plan
        self._progress = progress
        self._collector = Collector(self._told)
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
                "target": session.target.identity(),
                "stack": session.stack.describe(),
            }
        self._progress.phase("checking the history")
        results = self._results(session.folder, about)
        return results, write_all(results, session.folder)

    def _run(self, session: Session) -> None:
        self._progress.phase("running the suite")
        status = pytest.main(self._pytest_arguments(), [self._collector, _Handed(session)])
        if status == pytest.ExitCode.INTERRUPTED and not self._collector.broken_collection:
            raise KeyboardInterrupt
        if self._collector.broken_collection:
            self._broken = self._collector.broken_collection[0]
        elif status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            self._broken = f"pytest ended with status {int(status)}"
        if self._plan.load.seconds:
            self._progress.phase(f"load: {self._plan.load.sentence()}")
            self._load = run_load(session, self._plan.load, session.folder / LOAD_HISTORY)
            self._load["start_s"] = round(self._load["start_s"] - self._start_ns / 1e9, 3)

    def _pytest_arguments(self) -> list[str]:
        only = [argument for prefix in self._plan.only for argument in ("--only", prefix)]
        return ["-c", str(SUITE / "pytest.ini"), "-p", "no:terminal", *only, str(SUITE)]

    def _told(self, nodeid: str, outcome: str, message: str | None) -> None:
        self._progress.test(nodeid, outcome)

    # -- the document ----------------------------------------------------------------------------

    def _results(self, folder: Path, about: dict[str, Any]) -> Results:
        history = list(merge([p for p in (folder / HISTORY, folder / LOAD_HISTORY) if p.exists()]))
        checks = run_all(history)
        evidence = self._collector.evidence
        evidence.checks = {check.check: check for check in checks}
        finished = datetime.now(UTC)
        document = {
            "schema": SCHEMA,
            "harness": {
                "name": "onceproof",
                "version": version("onceproof"),
                "python": platform.python_version(),
            },
            "run": {
                "id": folder.name,
                "started": self._started.isoformat(),
                "finished": finished.isoformat(),
                "seconds": round((finished - self._started).total_seconds(), 1),
                "command": self._plan.command,
                "folder": str(folder),
            },
            **about,
            "environment": _environment(),
            "requirements": requirements(load_register(), evidence),
            "checks": [_check(check) for check in checks],
            "faults": _faults(history, self._start_ns),
            "load": self._load,
            "tests": totals(evidence.tests.values()),
        }
        return self._withdrawn(settle(document))

    def _withdrawn(self, results: Results) -> Results:
        """An interrupted or broken run claims nothing, whatever its verdicts so far."""
        import msgspec

        if self._interrupted:
            return msgspec.structs.replace(results, outcome="inconclusive", exit_status=INTERRUPTED)
        if self._broken is not None:
            self._progress.note(f"the harness failed: {self._broken}")
            return msgspec.structs.replace(results, outcome="inconclusive", exit_status=HARNESS)
        return results


class _Handed:
    """Hands the session that is open already to the suite's fixtures."""

    def __init__(self, session: Session):
        self._session = session

    def pytest_configure(self, config: pytest.Config) -> None:
        from conformance.suite.conftest import SESSION

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
        "argv": sys.argv[1:],
    }


def _check(check: Any) -> dict[str, Any]:
    return {
        "check": check.check,
        "verdict": check.verdict.value,
        "reason": check.reason,
        "counts": check.counts,
        "findings": [
            {
                "key": f.key,
                "sentence": f.sentence,
                "expected": f.expected,
                "actual": f.actual,
                "records": list(f.records),
            }
            for f in check.findings
        ],
        "findings_total": check.counts.get("findings", len(check.findings)),
        "notices": list(check.notices),
    }


def _faults(history: list[Record], start_ns: int) -> list[dict[str, Any]]:
    """The faults that were injected, with the time each was healed."""
    faults: list[dict[str, Any]] = []
    for record in history:
        if record.kind != "fault":
            continue
        at_s = round((record.t - start_ns) / 1e9, 3)
        name, replica = record.op, record.value.get("replica")
        if record.value["phase"] == "inject":
            note = record.value.get("note")
            faults.append({"fault": name, "t_s": at_s, "replica": replica, "note": note})
            continue
        for fault in faults:
            if (fault["fault"], fault["replica"]) == (name, replica) and "heal_s" not in fault:
                fault["heal_s"] = at_s
                break
        else:
            raise OnceproofError(f"fault {name!r} was healed without having been injected")
    return faults
