"""A certification in field mode, as data flows: a plan of runs, oracles, verdicts, reports."""

import asyncio
import dataclasses
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec.structs import replace

from onceproof.conformance.errors import Interrupted, UsageError
from onceproof.conformance.field.driver.drive import Account, drive
from onceproof.conformance.field.plan import FieldPlan, Shares
from onceproof.conformance.judgement.evidence import RunEvidence
from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import LOAD_HISTORY, guard_folder, release_reserve
from onceproof.conformance.runner.beside import Beside
from onceproof.conformance.runner.conclusion import Beginning, conclude
from onceproof.conformance.runner.field_hands import SessionHands
from onceproof.conformance.runner.foresight import foresee_session
from onceproof.conformance.runner.load import LoadPlan, choose_load_seconds, run_load
from onceproof.conformance.runner.provenance import describe_run
from onceproof.conformance.session import Session
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.wire.any_graph import ID, OwnGraph
from onceproof.reports.field import Field
from onceproof.reports.load import Load
from onceproof.reports.progress import Progress
from onceproof.reports.results import Facts, Results


class FieldCertification:
    """One run of a plan against a target; `certify` returns its results and their files."""

    #: Whether the server is judged, too, by the suite beside the oracles.
    has_suite = True

    def __init__(self, options: Options, plan: FieldPlan, command: str, progress: Progress) -> None:
        self._options, self._plan = options, plan
        self._beside = Beside(progress, plan.suite_s)
        self._alone = True
        self._command, self._progress = command, progress
        self._began = Beginning()
        self._load_s = choose_load_seconds(options, (), plan.load.seconds)
        _demand_runs_for_load(plan)
        self._load: Load | None = None
        self._interrupted = False

    def certify(self) -> tuple[Results, dict[str, Path]]:
        """Run the plan and return the results and the report files by name."""
        session = Session(self._options, self._progress.phase)
        with guard_folder(session.folder):
            return self._certify(session)

    def _certify(self, session: Session) -> tuple[Results, dict[str, Path]]:
        account = self._drive(session)
        release_reserve(session.folder)
        target, stack = session.describe()
        self._progress.phase("judging what was seen")
        return conclude(self._evidence(session.folder, target, stack, account), session.folder)

    def _drive(self, session: Session) -> Account:
        account = Account()
        try:
            with self._open(session):
                self._run(session, account)
        except Interrupted:
            self._interrupted = stop_request.failure is None
        for surprise in account.surprises:
            self._progress.note(surprise)
        return account

    def _open(self, session: Session) -> AbstractContextManager[object]:
        return session

    def _run(self, session: Session, account: Account) -> None:
        shares = self._share_out(session)
        beside = shares.describe(self._load_plan(shares).sentence())
        plan = dataclasses.replace(self._plan, max_runs=shares.oracles, beside=beside)
        urls, say = session.target.urls, self._progress.phase
        if self._has_suite and (said := foresee_session(session, has_graph=True)):
            self._progress.note(said)
        hands = SessionHands(session)
        asyncio.run(drive(urls, session.history, plan, say, account, hands))
        stop_request.check()
        self._alone = session.guard.hosts_none
        if self._has_suite:
            self._beside.run(session, self._find_own(shares))
        if shares.load:
            self._run_load(session, self._load_plan(shares))

    def _find_own(self, shares: Shares) -> OwnGraph | None:
        """The graph that tests may have; None where an assistant is named by its id."""
        plan = self._plan
        if ID.fullmatch(plan.assistant):
            return None
        return OwnGraph(plan.assistant, plan.inputs, shares.oracles, shares.suite)

    @property
    def _has_suite(self) -> bool:
        return self.has_suite and self._plan.suite_s != 0

    def _share_out(self, session: Session) -> Shares:
        alone = session.guard.hosts_none
        return self._plan.divide(suite=self._has_suite and alone, load=self._load_s > 0)

    def _load_plan(self, shares: Shares) -> LoadPlan:
        plan = self._plan
        own = {
            **plan.load.files,
            "ONCEPROOF_ASSISTANT": plan.assistant,
            "ONCEPROOF_MAX_RUNS": str(shares.load),
            "ONCEPROOF_FIRST_INPUT": str(shares.oracles + shares.suite),
        }
        own |= {"ONCEPROOF_ONCE_PER_INPUT": "1"} if plan.once_per_input else {}
        return LoadPlan(self._load_s, max(1, min(plan.load.users, shares.load)), own)

    def _run_load(self, session: Session, plan: LoadPlan) -> None:
        said = f"at most {plan.own['ONCEPROOF_MAX_RUNS']} runs of '{self._plan.assistant}'"
        self._progress.phase(f"load: {said}, {plan.sentence()}")
        history = session.folder / LOAD_HISTORY
        self._load = run_load(session, plan, history, self._began.t_ns, say=self._progress.measure)

    def _evidence(self, folder: Path, target: Facts, stack: Facts, account: Account) -> RunEvidence:
        plan = self._plan
        run = describe_run(
            folder, self._began.at, self._command, seed=plan.seed, strict=plan.strict
        )
        return replace(
            self._began.collect_evidence(run, target, stack),
            load=self._load,
            interrupted=self._interrupted,
            broken=stop_request.failure or next(iter(self._beside.collector.broken), None),
            known=self._beside.collector.evidence.known,
            tests=list(self._beside.collector.evidence.tests.values()),
            field=Field(
                assistant=plan.assistant,
                plan=account.plan,
                seed=plan.seed,
                schemas=account.schemas,
                threads=account.threads,
                runs=account.runs,
                accepted=account.accepted,
                ended=account.ended,
                surprises=account.surprises,
                alone=self._alone,
            ),
        )


def _demand_runs_for_load(plan: FieldPlan) -> None:
    """Raise UsageError if a load was asked for that no runs are left for."""
    if plan.load.seconds and not plan.divide(suite=False, load=True).load:
        raise UsageError(
            f"--load-seconds {plan.load.seconds} sends inputs of yours, and {plan.budget} runs "
            "leave none for it: give more with --max-runs and --input, or drop it"
        )
