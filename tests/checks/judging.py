"""What tests ask of a result."""

from onceproof.conformance.checks import CHECKS, CheckResult, run_all
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import history
from onceproof.conformance.verdict import Verdict


def judge(check: str, *records: Record) -> CheckResult:
    """The result of one check over a history written down record by record."""
    return CHECKS[check](history(*records))


def sentences(check: str, *records: Record) -> list[str]:
    """What the check finds."""
    return [finding.sentence for finding in judge(check, *records).findings]


def accused(*records: Record) -> dict[str, list[str]]:
    """The sentences of every check that finds anything."""
    results = run_all(history(*records))
    said = {each.check: [finding.sentence for finding in each.findings] for each in results}
    return {check: found for check, found in said.items() if found}


def passes(check: str, *records: Record) -> bool:
    """Whether there was something to judge and nothing to find."""
    return judge(check, *records).verdict is Verdict.PASS
