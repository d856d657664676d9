"""A certification in field mode, as data flows: a plan of runs, oracles, verdicts, reports."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from onceproof.conformance.errors import Interrupted, OnceproofError, describe_full, is_full
from onceproof.conformance.field.driver.drive import Account, drive
from onceproof.conformance.field.plan import FieldPlan
from onceproof.conformance.judgement.evidence import (
    RunEvidence,
    derive_results,
    load_evidence,
    save_evidence,
)
from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import guard_folder, release_reserve
from onceproof.conformance.runner.provenance import (
    describe_environment,
    describe_harness,
    describe_run,
)
from onceproof.conformance.session import Session
from onceproof.conformance.stopping import stop_request
from onceproof.reports.field import Field
from onceproof.reports.progress import Progress
from onceproof.reports.results import Facts, Results
from onceproof.reports.write import write_all


class FieldCertification:
    """One run of a plan against a target; `certify` returns its results and their files."""

    def __init__(self, options: Options, plan: FieldPlan, command: str, progress: Progress) -> None:
        self._options, self._plan = options, plan
        self._command, self._progress = command, progress
        self._started = datetime.now(UTC)
        self._start_ns = time.monotonic_ns()
        self._interrupted = False

    def certify(self) -> tuple[Results, dict[str, Path]]:
        """Run the plan and return the results and the report files by name."""
        session = Session(self._options, self._progress.phase)
        try:
            with guard_folder(session.folder):
                return self._certify(session)
        except OSError as error:
            if not is_full(error):
                raise
            raise OnceproofError(describe_full(session.folder)) from None

    def _certify(self, session: Session) -> tuple[Results, dict[str, Path]]:
        account = self._drive(session)
        release_reserve(session.folder)
        target, stack = session.describe()
        self._progress.phase("judging what was seen")
        save_evidence(self._evidence(session.folder, target, stack, account), session.folder)
        # From the file and not from what is in memory: rechecking the run must say the same.
        results = derive_results(load_evidence(session.folder), session.folder)
        return results, write_all(results, session.folder)

    def _drive(self, session: Session) -> Account:
        account = Account()
        try:
            with session:
                urls, say = session.target.urls, self._progress.phase
                asyncio.run(drive(urls, session.history, self._plan, say, account))
                stop_request.check()
        except Interrupted:
            self._interrupted = stop_request.failure is None
        for surprise in account.surprises:
            self._progress.note(surprise)
        return account

    def _evidence(self, folder: Path, target: Facts, stack: Facts, account: Account) -> RunEvidence:
        plan = self._plan
        return RunEvidence(
            harness=describe_harness(),
            run=describe_run(folder, self._started, self._command, seed=plan.seed),
            target=target,
            stack=stack,
            environment=describe_environment(),
            start_ns=self._start_ns,
            interrupted=self._interrupted,
            broken=stop_request.failure,
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
            ),
        )
