"""What a field run amounts to: every oracle over its history, one entry of the document each. Pure.

An oracle stands where a requirement stands in a certification with probes, so the same rules make
verdicts, outcome and exit status of them. One whose situation did not come about is INCONCLUSIVE;
that costs the certificate only if every graph brings the situation about (scope core).
"""

from collections.abc import Mapping, Sequence

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.checks.combined import combine
from onceproof.conformance.field.application import APPLICATION, judge_application
from onceproof.conformance.field.oracles import ORACLES, Oracle, judge_records
from onceproof.conformance.history import Record
from onceproof.conformance.verdict import Verdict
from onceproof.reports.reasons import NOT_REACHED
from onceproof.reports.results import Requirement

PROFILE = CHAPTER = "field"


def judge_field(histories: Mapping[str, Sequence[Record]]) -> list[CheckResult]:
    """Let every oracle judge the history of a field run, and of an application hosted for it."""
    return combine(
        {
            name: [*judge_records(history), *judge_application(history)]
            for name, history in histories.items()
        }
    )


def describe_oracles(results: Sequence[CheckResult], *, cut: bool) -> list[Requirement]:
    """Return the oracles' entries; where the run was cut short, what was not seen says so."""
    by_name = {result.check: result for result in results}
    known = {**ORACLES, **APPLICATION}
    return [_describe(known[name], result, cut) for name, result in by_name.items()]


def _describe(oracle: Oracle, result: CheckResult, cut: bool) -> Requirement:
    verdict = result.verdict
    if verdict is Verdict.FAIL and oracle.level != "MUST":
        verdict = Verdict.WARN
    reason = result.findings[0].sentence if result.findings else result.reason
    if cut and verdict is Verdict.INCONCLUSIVE:
        reason = NOT_REACHED
    return Requirement(
        id=oracle.id,
        title=oracle.title,
        text=oracle.text,
        level=oracle.level,
        scope=oracle.scope,
        profile=PROFILE,
        chapter=CHAPTER,
        verdict=verdict,
        reason=None if verdict is Verdict.PASS else reason,
        checks=[oracle.name],
    )
