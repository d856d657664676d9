"""What a field run amounts to: every oracle over its history, one entry of the document each. Pure.

An oracle stands where a requirement stands in a certification with probes, so the same rules make
verdicts, outcome and exit status of them. One whose situation did not come about is INCONCLUSIVE;
that costs the certificate only if every graph brings the situation about (scope core).

The requirements of the register stand behind the oracles, as far as the suite ran beside them: by
their tests, or else by the oracles that answer for them. What an oracle found is its own finding:
it does not say which of its requirements is broken, so none of them is accused.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.checks.combined import combine
from onceproof.conformance.field.application import APPLICATION, judge_application
from onceproof.conformance.field.oracles import ORACLES, Oracle, judge_records
from onceproof.conformance.history import Record
from onceproof.conformance.judgement.requirements import Evidence
from onceproof.conformance.register import Requirement as RegisteredRequirement
from onceproof.conformance.verdict import Verdict
from onceproof.reports.field import PROFILE
from onceproof.reports.reasons import NOT_REACHED
from onceproof.reports.results import Requirement

CHAPTER = PROFILE

#: Why a requirement is not judged that neither a test nor an oracle speaks for.
BEYOND = (
    "it needs probe graphs or control over processes: deploy the probes (onceproof probes export "
    "DIR), or let onceproof start the target"
)


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
    known = {**ORACLES, **APPLICATION}
    return [_describe(known[each.check], each, cut) for each in results if each.check in known]


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
        judged_by="any graph",
        checks=[oracle.name],
    )


def describe_beside(
    register: Iterable[RegisteredRequirement], evidence: Evidence, oracles: Sequence[Requirement]
) -> list[Requirement]:
    """Return the entries of the register's requirements, judged by `evidence` of the suite beside
    the oracles, or else by the entries of the oracles that answer for them."""
    by_name = {name: entry for entry in oracles for name in entry.checks}
    return [_describe_one(one, evidence.judge(one), by_name) for one in register]


def _describe_one(
    one: RegisteredRequirement, entry: Requirement, oracles: Mapping[str, Requirement]
) -> Requirement:
    if entry.verdict not in (Verdict.DISABLED, Verdict.NOT_JUDGED, Verdict.INCONCLUSIVE):
        return entry
    speaking = [oracles[name] for name in one.oracles]
    if speaking:
        verdict, reason = _follow(speaking)
        checks = [*entry.checks, *one.oracles]
        return replace(entry, verdict=verdict, reason=reason, checks=checks, tests=[])
    if entry.verdict is Verdict.DISABLED:
        return replace(entry, verdict=Verdict.NOT_JUDGED, reason=BEYOND)
    return entry


def _follow(oracles: Sequence[Requirement]) -> tuple[Verdict, str | None]:
    for each in oracles:
        if each.verdict in (Verdict.FAIL, Verdict.WARN):
            return Verdict.INCONCLUSIVE, f"{each.id} found something, which may concern it"
    for each in oracles:
        if each.verdict is not Verdict.PASS:
            said = f"{each.id} could not judge it by this graph ({each.reason})"
            return (
                Verdict.NOT_JUDGED,
                f"{said}: name inputs that bring it about, or host the probes",
            )
    return Verdict.PASS, None
