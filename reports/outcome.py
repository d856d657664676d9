"""From verdicts to one outcome and one exit status. Pure, and closed against doubt.

The first line that applies decides:

    any ERROR                                             inconclusive  70
    FAIL of a MUST in scope core or ext                   failed        10
    FAIL of a check that no requirement answers for       failed        10
    an accepted run lost or duplicated under load         failed        10
    nothing passed                                        inconclusive  11
    DISABLED or INCONCLUSIVE in scope core                partial       12
    otherwise                                             certified      0

ERROR comes first because a harness that failed has no standing to say `failed` either. WARN,
and FAIL of a SHOULD, a MAY or a platform-only requirement, never hinder: nothing that the SDK
or a documented guarantee depends on is broken. UNTESTED does not hinder, since no target
could mend it, but is always named.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from conformance.errors import CERTIFIED, FAILED, HARNESS, INCONCLUSIVE, PARTIAL
from conformance.register.verdict import Verdict
from reports import evidence
from reports.results import (
    Check,
    Load,
    Outcome,
    Profile,
    Requirement,
    Results,
    ResultsError,
    parse,
)
from reports.text import counted

# How verdicts are listed everywhere: what is well, then what is not, the worst first.
ORDER = (
    Verdict.PASS,
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.DISABLED,
    Verdict.UNTESTED,
    Verdict.NOT_APPLICABLE,
)


@dataclass(frozen=True)
class Reason:
    """Why the outcome is what it is: a sentence, and the ids or names that it is about."""

    sentence: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """An outcome, the exit status that goes with it, and the reasons, decisive ones first."""

    outcome: Outcome
    exit_status: int
    reasons: tuple[Reason, ...]


def outcome(results: Results) -> Judgement:
    """What the verdicts of `results` amount to, whatever the document itself claims."""
    return judge(results.requirements, results.checks, results.load)


def judge(
    requirements: Sequence[Requirement], checks: Sequence[Check] = (), load: Load | None = None
) -> Judgement:
    """What these verdicts amount to."""
    errors = _errors(requirements, checks)
    failures = [*_failures(requirements, checks), *_load_failures(load)]
    gaps = _gaps(requirements)
    notes = _untested(requirements)
    if errors:
        return Judgement("inconclusive", HARNESS, (*errors, *failures, *gaps, *notes))
    if failures:
        return Judgement("failed", FAILED, (*failures, *gaps, *notes))
    if not any(requirement.verdict is Verdict.PASS for requirement in requirements):
        return Judgement("inconclusive", INCONCLUSIVE, (Reason("nothing passed"), *gaps, *notes))
    if gaps:
        return Judgement("partial", PARTIAL, (*gaps, *notes))
    return Judgement("certified", CERTIFIED, (_clear(requirements), *notes))


def settle(document: dict[str, Any]) -> Results:
    """A results document completed with what follows from its verdicts.

    `document` has everything but `outcome`, `exit_status`, `counts` and `profiles`, which are
    derived here so that no caller can claim more than the verdicts say.
    """
    try:
        requirements = msgspec.convert(document.get("requirements"), list[Requirement])
        checks = msgspec.convert(document.get("checks", []), list[Check])
        load = msgspec.convert(document.get("load"), Load | None)
    except msgspec.ValidationError as error:
        raise ResultsError(f"the verdicts cannot be read: {error}") from None
    judgement = judge(requirements, checks, load)
    derived = {
        "outcome": judgement.outcome,
        "exit_status": judgement.exit_status,
        "counts": count(requirements),
        "profiles": msgspec.to_builtins(profiles(requirements)),
    }
    return parse({**document, **derived})


def refuse_overclaim(results: Results) -> None:
    """ResultsError if the document claims another outcome than its verdicts support.

    `inconclusive` may always be claimed, with any status but 0: an interrupted run, or a
    harness that could not keep up, withdraws what its verdicts would say.
    """
    judged = outcome(results)
    claim = (results.outcome, results.exit_status)
    withdrawn = results.outcome == "inconclusive" and results.exit_status != CERTIFIED
    if not withdrawn and claim != (judged.outcome, judged.exit_status):
        raise ResultsError(
            f"outcome={results.outcome} with exit_status={results.exit_status}, but the "
            f"verdicts say {judged.outcome} with {judged.exit_status}; settle the document first"
        )


def count(requirements: Iterable[Requirement]) -> dict[str, int]:
    """How many requirements have each verdict; verdicts that nobody has are left out."""
    number = Counter(requirement.verdict for requirement in requirements)
    return {verdict.value: number[verdict] for verdict in ORDER if number[verdict]}


def profiles(requirements: Sequence[Requirement]) -> list[Profile]:
    """Each profile on its own, in the order of first mention."""
    members: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        members.setdefault(requirement.profile, []).append(requirement)
    return [
        Profile(profile=name, outcome=_profile(group), total=len(group), counts=count(group))
        for name, group in members.items()
    ]


def _profile(group: Sequence[Requirement]) -> Outcome:
    """A profile whose core MUSTs are partly untested has not been certified as a profile."""
    found = judge(group).outcome
    return "partial" if found == "certified" and _untested(group) else found


def hinders(requirement: Requirement) -> bool:
    """Whether this requirement alone keeps a target from being certified."""
    match requirement.verdict:
        case Verdict.ERROR:
            return True
        case Verdict.FAIL:
            return requirement.level == "MUST" and requirement.scope != "plat"
        case Verdict.DISABLED | Verdict.INCONCLUSIVE:
            return requirement.scope == "core"
    return False


def _errors(requirements: Sequence[Requirement], checks: Sequence[Check]) -> list[Reason]:
    broken = [r.id for r in requirements if r.verdict is Verdict.ERROR]
    broken += [check.check for check in checks if check.verdict is Verdict.ERROR]
    if not broken:
        return []
    return [Reason("the harness itself failed, so nothing is certified", tuple(broken))]


def _failures(requirements: Sequence[Requirement], checks: Sequence[Check]) -> list[Reason]:
    reasons = []
    failed = [r.id for r in requirements if r.verdict is Verdict.FAIL and hinders(r)]
    if failed:
        reasons.append(
            Reason(f"{counted(len(failed), 'required behaviour')} failed", tuple(failed))
        )
    spoken_for = {name for requirement in requirements for name in requirement.checks}
    loose = [c.check for c in checks if c.verdict is Verdict.FAIL and c.check not in spoken_for]
    if loose:
        sentence = f"{counted(len(loose), 'history check')} failed"
        reasons.append(Reason(sentence, tuple(loose)))
    return reasons


def _load_failures(load: Load | None) -> list[Reason]:
    if load is None:
        return []
    kinds = evidence.troubled(load)
    return [
        Reason(f"{counted(number, 'accepted run')} {kind} under load", tuple(named))
        for kind, (number, named) in kinds.items()
        if number and kind != "unfinished"
    ]


def _gaps(requirements: Sequence[Requirement]) -> list[Reason]:
    reasons = []
    for verdict, words in (
        (Verdict.INCONCLUSIVE, "could not be judged"),
        (Verdict.DISABLED, "disabled by the operator"),
    ):
        names = tuple(r.id for r in requirements if r.verdict is verdict and hinders(r))
        if names:
            reasons.append(Reason(f"{counted(len(names), 'core requirement')} {words}", names))
    return reasons


def _untested(requirements: Sequence[Requirement]) -> list[Reason]:
    names = tuple(
        r.id
        for r in requirements
        if r.verdict is Verdict.UNTESTED and r.level == "MUST" and r.scope == "core"
    )
    if not names:
        return []
    sentence = f"{counted(len(names), 'core MUST requirement')} untested, which does not hinder"
    return [Reason(sentence, names)]


def _clear(requirements: Sequence[Requirement]) -> Reason:
    passed = sum(requirement.verdict is Verdict.PASS for requirement in requirements)
    return Reason(
        f"{passed} of {counted(len(requirements), 'requirement')} passed, no required "
        "behaviour failed, and no core requirement was left unjudged"
    )
