"""Judges a few records by one check, or by all."""

from typing import Any

from onceproof.conformance.checks import CHECKS, CheckResult, run_all
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import history, invoke, ok
from onceproof.conformance.verdict import Verdict


def create(nonce: str = "a", thread_id: str = "t1", **asked: Any) -> list[Record]:
    """Make the records of a create that was acknowledged, by a client of its own."""
    call = invoke("run.create", nonce, who=nonce, thread_id=thread_id, **asked)
    return [call, ok("run.create", nonce, who=nonce, thread_id=thread_id)]


def judge(check: str, *records: Record) -> CheckResult:
    """Judge a history, given record by record, by one check."""
    return CHECKS[check](history(*records))


def list_sentences(check: str, *records: Record) -> list[str]:
    """List the sentences of what the check finds."""
    return [finding.sentence for finding in judge(check, *records).findings]


def collect_accusations(*records: Record) -> dict[str, list[str]]:
    """Collect the sentences of every check that finds anything."""
    results = run_all(history(*records))
    said = {each.check: [finding.sentence for finding in each.findings] for each in results}
    return {check: found for check, found in said.items() if found}


def passes(check: str, *records: Record) -> bool:
    """Return whether the check had something to judge and found nothing."""
    return judge(check, *records).verdict is Verdict.PASS
