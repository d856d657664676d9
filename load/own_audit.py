"""The audit of a load on the operator's graph: every view of every thread, judged by the oracles.

What a probe's ledger says of its runs nobody knows here. So a run is lost if the server does not
know it any more, doubled if it ended twice or stored a super-step twice, and all else that any
graph shows is judged as field mode judges it.
"""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.field.oracles import ORACLES, judge_records
from onceproof.conformance.field.shapes import (
    CHECKPOINTS,
    Marks,
    describe_chain,
    describe_runs,
    describe_state,
    describe_thread,
)
from onceproof.conformance.field.words import REST, RUN_MARK
from onceproof.conformance.history import Record
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import FINAL, TERMINAL
from onceproof.conformance.verdict import Verdict
from onceproof.conformance.wire.sanitise import fields
from onceproof.load.account import Account, Thread
from onceproof.load.audit import WHO, Auditor, run_audit
from onceproof.load.own import OwnGraph
from onceproof.load.session import Session, Submission

#: What the oracle of ends says of a run that had two.
TWICE = " ended twice"


def audit_own(session: Session, own: OwnGraph) -> Account:
    """Drain, read, judge and clean up; the history is closed then."""
    return run_audit(session, OwnAuditor(session, own.marks), judge_load, take_own_account)


def judge_load(records: list[Record]) -> list[CheckResult]:
    """Let those oracles judge that find what a server MUST not do."""
    return [each for each in judge_records(records) if ORACLES[each.check].level == "MUST"]


class OwnAuditor(Auditor):
    """Reads every view of each thread once everything is over."""

    def __init__(self, session: Session, marks: Marks) -> None:
        super().__init__(session)
        self._marks = marks

    def identify(self, run: Json) -> str | None:
        """Return the label in the mark that a listed run carries."""
        mark = str(fields(run.get("metadata")).get(RUN_MARK) or "")
        nonce, _, label = mark.rpartition(".")
        return label if nonce == self._marks.nonce else None

    def note_recovery(self, thread: Thread, submission: Submission) -> None:
        """Record that the run was accepted after all."""
        value = {"thread_id": thread.thread_id, "run_id": submission.run_id}
        self.history.add("ok", "run.create", who=WHO, key=submission.nonce, value=value)

    def read_runs(self, thread: Thread) -> bool:
        """Bring the statuses up to date, and record those that are new."""
        before, call_t = dict(thread.statuses), time.monotonic_ns()
        readable = super().read_runs(thread)
        for nonce, status in thread.statuses.items():
            if nonce not in before or before[nonce] != status:
                value = {"status": status, "replica": 0, "call_t": call_t}
                self.history.add("ok", "run.status", who=WHO, key=nonce, value=value)
        return readable

    def snap(self, thread: Thread) -> None:
        """Record what became of each run, and every view of the thread."""
        for each in thread.submissions:
            if each.nonce in thread.statuses:
                value = {"run_id": each.run_id, "status": thread.statuses[each.nonce]}
                self.history.add("snap", FINAL, who=WHO, key=each.nonce, value=value)
        if thread.statuses:
            path = f"/threads/{thread.thread_id}"
            chain, runs = partial(describe_chain, self._marks), partial(describe_runs, self._marks)
            self._show("thread.read", path, describe_thread)
            self._show("thread.state", f"{path}/state", describe_state)
            self._show("thread.history", f"{path}/history?limit={CHECKPOINTS}", chain)
            self._show("thread.runs", f"{path}/runs?limit={CHECKPOINTS}", runs)

    def _show(self, op: str, path: str, describe: Callable[[Any], Json]) -> None:
        call_t = time.monotonic_ns()
        shown = self.read("GET", path)
        if shown is not None:
            value = {"phase": REST, "replica": 0, "call_t": call_t, **describe(shown)}
            self.history.add("ok", op, who=WHO, key=path.split("/")[2], value=value)


def take_own_account(results: list[CheckResult], threads: list[Thread]) -> Account:
    """Return what the oracles found and what the server showed, put together."""
    by_name = {result.check: result for result in results}
    submissions = [each for thread in threads for each in thread.submissions]
    accepted = [each for each in submissions if each.accepted or each.run_id is not None]
    statuses = {nonce: s for thread in threads for nonce, s in thread.statuses.items()}
    lost = [each.nonce for each in accepted if statuses.get(each.nonce, "") is None]
    unfinished = [n for n, s in statuses.items() if s is not None and s not in TERMINAL]
    names = {each.run_id: each.nonce for each in submissions if each.run_id}
    doubled = [each for each in _find_doubles(by_name, names) if each not in {*lost, *unfinished}]
    return Account(
        accepted=len(accepted),
        unread=sum(each.nonce not in statuses for each in accepted),
        failed=sum(status in ("error", "timeout") for status in statuses.values()),
        lost=lost,
        lost_count=len(lost),
        duplicated=doubled,
        duplicated_count=len(doubled),
        unfinished=unfinished,
        findings=[f"{r.check}: {f.sentence}" for r in results for f in r.findings],
        findings_count=sum(r.counts.get("findings", 0) for r in results),
        undecided=_explain_gaps(by_name),
        run_ids={nonce: run_id for run_id, nonce in names.items()},
    )


def _find_doubles(by_name: Mapping[str, CheckResult], names: Mapping[str, str]) -> list[str]:
    """List the runs of which something was done twice, or their threads where no run is named."""
    found = [*by_name["committed_once"].findings]
    found += [each for each in by_name["ends_once"].findings if TWICE in each.sentence]
    blamed = (
        next((nonce for run_id, nonce in names.items() if run_id in each.sentence), each.key)
        for each in found
    )
    return list(dict.fromkeys(blamed))


def _explain_gaps(by_name: Mapping[str, CheckResult]) -> dict[str, str]:
    pairs = (("lost", "ends_once"), ("duplicate", "committed_once"))
    return {
        kind: by_name[name].reason or ""
        for kind, name in pairs
        if by_name[name].verdict is Verdict.INCONCLUSIVE
    }
