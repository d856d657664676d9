"""From the outcomes of tests and checks to one verdict per requirement. Pure.

    a test that                          says
    passed                               PASS
    failed                               FAIL, or WARN if the requirement is not a MUST
    skipped by `inconclusive(...)`       INCONCLUSIVE
    skipped by `not_judged(...)`         NOT_JUDGED
    skipped by `not_applicable(...)`     NOT_APPLICABLE
    skipped in any other way             DISABLED: an unexplained skip is never a pass
    was broken by the harness itself     ERROR, see `conformance.runner.attribution`
    was not selected                     DISABLED
    was not reached by a run cut short   INCONCLUSIVE

A check speaks for the requirements that name it, unless it saw nothing and they do not apply or
could not be judged, or what it would have seen was not selected. The worst of all these statements
counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from msgspec import UNSET

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.register import Requirement
from onceproof.conformance.register.coverage import NO_TEST
from onceproof.conformance.register.probes import describe_judge
from onceproof.conformance.verdict import Verdict, merge
from onceproof.reports import results
from onceproof.reports.reasons import NOT_REACHED

#: How a skip says that it is a verdict: the first word of its reason.
SIGNALS = {
    f"{verdict}:": verdict
    for verdict in (Verdict.INCONCLUSIVE, Verdict.NOT_JUDGED, Verdict.NOT_APPLICABLE)
}

#: Where all tests say one of these, a check cannot have seen anything either.
_SILENT = {Verdict.NOT_JUDGED, Verdict.NOT_APPLICABLE}

NOT_SELECTED = "not selected"


@dataclass
class TestOutcome:
    """How one test ended, which requirements it speaks for, and which probes it asked for."""

    __test__ = False

    nodeid: str
    requirements: tuple[str, ...]
    outcome: results.Ending
    seconds: float
    message: str | None = None
    observed: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()

    def verdict(self) -> Verdict:
        """Return what the test says, before the requirement's level is applied."""
        if self.outcome == "passed":
            return Verdict.PASS
        if self.outcome == "failed":
            return Verdict.FAIL
        if self.outcome == "error":
            return Verdict.ERROR
        signal = (self.message or "").split(" ", 1)[0]
        return SIGNALS.get(signal, Verdict.DISABLED)

    def reason(self) -> str:
        """Return the message without the signal in front of it."""
        text = self.message or ""
        first, _, rest = text.partition(" ")
        return rest if first in SIGNALS else text


@dataclass
class Evidence:
    """All that was collected: which tests exist, how those that ran ended, what checks found.

    `only` are the beginnings of the ids that were selected, none for all; a run that is `cut` was
    stopped before it had come to all of them.
    """

    known: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tests: dict[str, TestOutcome] = field(default_factory=dict)
    checks: dict[str, CheckResult] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    cut: bool = False

    def judge(self, requirement: Requirement) -> results.Requirement:
        """Return the requirement's entry in the results document."""
        bound = [nodeid for nodeid, ids in self.known.items() if requirement.id in ids]
        ran = [self.tests[nodeid] for nodeid in bound if nodeid in self.tests]
        verdict, reason = self._judge(requirement, bound, ran)
        return results.Requirement(
            id=requirement.id,
            title=requirement.title,
            text=requirement.text,
            # The register's loader has made sure that both are words of these lists.
            level=cast(results.Level, requirement.level),
            scope=cast(results.Scope, requirement.scope),
            profile=requirement.profile,
            chapter=requirement.chapter,
            verdict=verdict,
            reason=reason,
            judged_by=describe_judge(requirement) or UNSET,
            tests=[_describe_test(outcome) for outcome in ran],
            checks=list(requirement.checks),
            observed=sorted({form for outcome in ran for form in outcome.observed}),
        )

    def _judge(
        self, requirement: Requirement, bound: Sequence[str], ran: Sequence[TestOutcome]
    ) -> tuple[Verdict, str | None]:
        checks = [self.checks[name] for name in requirement.checks if name in self.checks]
        if self.cut and not self.known and not requirement.untested:
            return self._say_of_missing([(requirement.id,)])
        if not bound and not checks:
            return Verdict.UNTESTED, requirement.untested or NO_TEST
        statements: list[tuple[Verdict, str | None]]
        statements = [(outcome.verdict(), outcome.reason()) for outcome in ran]
        # Where all was selected somebody else makes what a check needs to see, and its silence says
        # that nobody did; a selection is judged by what its own tests say.
        moot = bool(statements) and (
            bool(self.only) or all(verdict in _SILENT for verdict, _ in statements)
        )
        # Nor can it have seen anything of what was not selected.
        unselected = bool(bound) and not ran
        statements += [
            (check.verdict, _first_finding(check) or check.reason)
            for check in checks
            if not (moot and check.counts.get("judged") == 0)
            and not (unselected and check.verdict is Verdict.INCONCLUSIVE)
        ]
        if missing := [self.known[nodeid] for nodeid in bound if nodeid not in self.tests]:
            statements.append(self._say_of_missing(missing))
        statements = [
            (_apply_level(verdict, requirement), reason) for verdict, reason in statements
        ]
        worst = merge(verdict for verdict, _ in statements)
        reasons = [reason for verdict, reason in statements if verdict is worst and reason]
        return worst, None if worst is Verdict.PASS or not reasons else reasons[0]

    def _say_of_missing(self, missing: Sequence[Sequence[str]]) -> tuple[Verdict, str]:
        """What follows from tests of these requirements that did not run."""
        selected = not self.only or any(one.startswith(self.only) for ids in missing for one in ids)
        if self.cut and selected:
            return Verdict.INCONCLUSIVE, NOT_REACHED
        return Verdict.DISABLED, NOT_SELECTED


def judge_requirements(
    register: Mapping[str, Requirement], evidence: Evidence
) -> list[results.Requirement]:
    """Return the entries of all requirements, in the register's order."""
    return [evidence.judge(requirement) for requirement in register.values()]


def count_tests(tests: Iterable[TestOutcome]) -> results.Totals:
    """Count the tests by how they ended."""
    outcomes = [test.outcome for test in tests]
    return results.Totals(
        total=len(outcomes),
        passed=outcomes.count("passed"),
        failed=outcomes.count("failed"),
        skipped=outcomes.count("skipped"),
        errors=outcomes.count("error"),
    )


def _apply_level(verdict: Verdict, requirement: Requirement) -> Verdict:
    """A deviation from a SHOULD or a MAY is reported, but is not a failure."""
    if verdict is Verdict.FAIL and requirement.level != "MUST":
        return Verdict.WARN
    return verdict


def _first_finding(check: CheckResult) -> str | None:
    return check.findings[0].sentence if check.findings else None


def _describe_test(outcome: TestOutcome) -> results.Test:
    return results.Test(
        nodeid=outcome.nodeid,
        outcome=outcome.outcome,
        seconds=round(outcome.seconds, 3),
        message=outcome.message,
    )
