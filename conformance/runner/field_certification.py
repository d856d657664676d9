"""A certification in field mode, as data flows: a plan of runs, oracles, verdicts, reports."""

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec.structs import replace

from onceproof.conformance.errors import Interrupted
from onceproof.conformance.field.driver.drive import Account, drive
from onceproof.conformance.field.plan import FieldPlan
from onceproof.conformance.judgement.evidence import RunEvidence
from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import guard_folder, release_reserve
from onceproof.conformance.runner.beside import Beside
from onceproof.conformance.runner.conclusion import Beginning, conclude
from onceproof.conformance.runner.field_hands import SessionHands
from onceproof.conformance.runner.provenance import describe_run
from onceproof.conformance.session import Session
from onceproof.conformance.stopping import stop_request
from onceproof.reports.field import Field
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
                stop_request.check()
                self._alone = session.guard.hosts_none
                if self.has_suite and self._plan.suite_s != 0:
                    self._beside.run(session)
        except Interrupted:
            self._interrupted = stop_request.failure is None
        for surprise in account.surprises:
            self._progress.note(surprise)
        return account

    def _open(self, session: Session) -> AbstractContextManager[object]:
        return session

    def _run(self, session: Session, account: Account) -> None:
        urls, say = session.target.urls, self._progress.phase
        hands = SessionHands(session)
        asyncio.run(drive(urls, session.history, self._plan, say, account, hands))

    def _evidence(self, folder: Path, target: Facts, stack: Facts, account: Account) -> RunEvidence:
        plan = self._plan
        run = describe_run(folder, self._began.at, self._command, seed=plan.seed)
        return replace(
            self._began.collect_evidence(run, target, stack),
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
