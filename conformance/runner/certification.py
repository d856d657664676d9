"""`certify`, as data flows: suite, load, checks, verdicts, reports.

Each part leaves its evidence in the run's folder before the next one starts, and whatever happens
the reports of what was seen so far are written: an interrupted run says `inconclusive`.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from onceproof.conformance.errors import (
    Interrupted,
    UsageError,
)
from onceproof.conformance.judgement.evidence import RunEvidence
from onceproof.conformance.options import Options
from onceproof.conformance.register import PROFILES, select
from onceproof.conformance.run_folder import LOAD_HISTORY, guard_folder, release_reserve
from onceproof.conformance.runner import lanes
from onceproof.conformance.runner.attendant import Attendant
from onceproof.conformance.runner.collector import Collector
from onceproof.conformance.runner.conclusion import Beginning, conclude
from onceproof.conformance.runner.foresight import foresee_session
from onceproof.conformance.runner.load import LoadPlan, run_load
from onceproof.conformance.runner.open_session import OpenSession
from onceproof.conformance.runner.provenance import describe_run
from onceproof.conformance.runner.suite_session import (
    arguments_of_suite,
    without_pytest_variables,
)
from onceproof.conformance.runner.target_options import ONLY
from onceproof.conformance.session import Session
from onceproof.conformance.stopping import stop_request
from onceproof.reports.load import Load
from onceproof.reports.progress import Progress
from onceproof.reports.results import Facts, Results

NO_LOAD = "no load, which others would feel: --exclusive allows it, or --max-rate N bounds it"


@dataclass
class Plan:
    """What one certification does."""

    options: Options
    only: tuple[str, ...] = ()
    load: LoadPlan = field(default_factory=LoadPlan)
    command: str = "onceproof certify"
    lanes: int = 1
    profiles: tuple[str, ...] = ()
    strict: bool = False

    def __post_init__(self) -> None:
        select(self.only)
        for name in self.profiles:
            if name not in PROFILES:
                raise UsageError(f"unknown --profiles {name!r}; choose from {', '.join(PROFILES)}")
        lanes.refuse_shared_target(self.options, self.lanes, "--lanes")


class Certification:
    """One run of the plan; `certify` returns its results and the files they were written to."""

    def __init__(self, plan: Plan, progress: Progress):
        self._plan = plan
        self._progress = progress
        self._collector = Collector(progress.test, progress.expect)
        self._began = Beginning()
        self._load: Load | None = None
        self._interrupted = False
        self._broken: str | None = None

    def certify(self) -> tuple[Results, dict[str, Path]]:
        """Run the plan and return the results and the report files by name."""
        session = Session(self._plan.options, self._progress.phase)
        with guard_folder(session.folder):
            return self._certify(session)

    def _certify(self, session: Session) -> tuple[Results, dict[str, Path]]:
        try:
            with Attendant(self._progress.note, session.folder) as self._attendant, session:
                self._run(session)
        except Interrupted:
            self._interrupted = stop_request.failure is None
        self._broken = stop_request.failure or self._broken
        release_reserve(session.folder)
        target, stack = session.describe()
        self._progress.phase("checking the history")
        if self._broken is not None:
            self._progress.note(f"the harness failed: {self._broken}")
        return conclude(self._evidence(session.folder, target, stack), session.folder)

    def _run(self, session: Session) -> None:
        session.look.demand_suite(selected=bool(self._plan.only))
        if said := foresee_session(session, self._plan.only):
            self._progress.note(said)
        self._run_suite(session)
        if self._plan.load.seconds:
            self._progress.phase(f"load: {self._plan.load.sentence()}")
            history = session.folder / LOAD_HISTORY
            self._load = run_load(
                session, self._plan.load, history, self._began.t_ns, say=self._progress.measure
            )
        elif not (self._plan.options.is_exclusive or self._plan.only):
            self._progress.note(NO_LOAD)

    def _run_suite(self, session: Session) -> None:
        count = self._plan.lanes
        side_by_side = f", in {count} lanes with a deployment each" if count > 1 else ""
        self._progress.phase(f"running the suite{side_by_side}")
        arguments = arguments_of_suite()
        for prefix in self._plan.only:
            arguments += [ONLY.pytest_name, prefix]
        if count > 1:
            arguments += lanes.lane_arguments(self._plan.options, session.folder, count)
        with without_pytest_variables():
            status = pytest.main(arguments, self._plugins(session))
        self._collector.evidence.known.update(lanes.load_tests(session.folder))
        self._progress.chapters()
        stop_request.check()
        if self._collector.broken:
            self._broken = self._collector.broken[0]
        elif status in (pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR):
            self._broken = f"pytest ended with status {int(status)}"

    def _plugins(self, session: Session) -> list[object]:
        return [self._collector, OpenSession(session), self._attendant]

    # -- the evidence ----------------------------------------------------------------------------

    def _evidence(self, folder: Path, target: Facts, stack: Facts) -> RunEvidence:
        evidence = self._collector.evidence
        run = describe_run(
            folder,
            self._began.at,
            self._plan.command,
            only=[prefix.upper() for prefix in self._plan.only],
            profiles=list(self._plan.profiles),
            strict=self._plan.strict,
        )
        common = self._began.collect_evidence(run, target, stack)
        return replace(
            common,
            environment={**common.environment, "pytest_plugins": self._collector.plugins},
            deviations=list(self._plan.options.profile.deviations),
            known=evidence.known,
            tests=list(evidence.tests.values()),
            load=self._load,
            interrupted=self._interrupted,
            broken=self._broken,
        )
