"""Why an outcome is what it is: each function looks for one kind of reason. Pure.

A reason is a sentence and the ids or names that it is about; none means that there is nothing of
the kind. Which of them decides is said in `reports.outcome`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.deviations import known, rotten, unseen
from onceproof.reports.profiles import absent, members, unclaimed, undeclared
from onceproof.reports.results import Check, Deviation, Load, Requirement, Run
from onceproof.reports.text import counted


@dataclass(frozen=True)
class Reason:
    """Why the outcome is what it is: a sentence, and the ids or names that it is about."""

    sentence: str
    names: tuple[str, ...] = ()


def hinders(requirement: Requirement, run: Run | None = None) -> bool:
    """Whether this requirement alone keeps a target from being certified in this run."""
    match requirement.verdict:
        case Verdict.ERROR:
            return True
        case Verdict.FAIL:
            binding = requirement.level == "MUST" and requirement.scope != "plat"
            return binding and not unclaimed(requirement, run)
        case Verdict.DISABLED | Verdict.INCONCLUSIVE:
            return requirement.scope == "core"
    return False


def errors(requirements: Sequence[Requirement], checks: Sequence[Check]) -> list[Reason]:
    broken = [r.id for r in requirements if r.verdict is Verdict.ERROR]
    broken += [check.check for check in checks if check.verdict is Verdict.ERROR]
    if not broken:
        return []
    return [Reason("the harness itself failed, so nothing is certified", tuple(broken))]


def deviating(deviations: Sequence[Deviation]) -> list[Reason]:
    """Failures that are known keep a target from being certified, and from nothing else."""
    seen, rest = tuple(known(deviations)), tuple(unseen(deviations))
    told = [
        (counted(len(seen), "known deviation"), seen),
        (f"{counted(len(rest), 'intermittent deviation')} not seen in this run", rest),
    ]
    return [Reason(f"{what}, so this is partial at best", ids) for what, ids in told if ids]


def failures(
    requirements: Sequence[Requirement],
    checks: Sequence[Check],
    excused: Mapping[str, Deviation],
    run: Run | None,
) -> list[Reason]:
    found = []
    failed = [
        r.id
        for r in requirements
        if r.verdict is Verdict.FAIL and hinders(r, run) and r.id not in excused
    ]
    if failed:
        found.append(Reason(f"{counted(len(failed), 'required behaviour')} failed", tuple(failed)))
    spoken_for = {name for requirement in requirements for name in requirement.checks}
    loose = [c.check for c in checks if c.verdict is Verdict.FAIL and c.check not in spoken_for]
    if loose:
        sentence = f"{counted(len(loose), 'history check')} failed"
        found.append(Reason(sentence, tuple(loose)))
    return found


def missing(requirements: Sequence[Requirement], run: Run) -> list[Reason]:
    """What a target was said to have and has not."""
    names = absent(members(requirements), run)
    sentence = f"{counted(len(names), 'declared profile')} not offered by the target"
    return [Reason(sentence, tuple(names))] if names else []


def beyond(requirements: Sequence[Requirement], run: Run) -> list[Reason]:
    """A notice of what a target has and was not said to have."""
    names = undeclared(members(requirements), run)
    sentence = f"{counted(len(names), 'profile')} offered and not declared, so not certified"
    return [Reason(sentence, tuple(names))] if names else []


def stale(deviations: Sequence[Deviation]) -> list[Reason]:
    """A list of known deviations that no longer holds fails until somebody has tended it."""
    return [Reason(sentence, tuple(ids)) for sentence, ids in rotten(deviations).items()]


def load_failures(load: Load | None) -> list[Reason]:
    if load is None:
        return []
    kinds = evidence.troubled(load)
    return [
        Reason(f"{counted(number, 'accepted run')} {kind} under load", tuple(named))
        for kind, (number, named) in kinds.items()
        if number and kind != "unfinished"
    ]


def gaps(requirements: Sequence[Requirement]) -> list[Reason]:
    found = []
    for verdict, words in (
        (Verdict.INCONCLUSIVE, "could not be judged"),
        (Verdict.DISABLED, "disabled by the operator"),
    ):
        names = tuple(r.id for r in requirements if r.verdict is verdict and hinders(r))
        if names:
            found.append(Reason(f"{counted(len(names), 'core requirement')} {words}", names))
    return found


def untested(requirements: Sequence[Requirement]) -> list[Reason]:
    names = tuple(
        r.id
        for r in requirements
        if r.verdict is Verdict.UNTESTED and r.level == "MUST" and r.scope == "core"
    )
    if not names:
        return []
    sentence = f"{counted(len(names), 'core MUST requirement')} untested, which does not hinder"
    return [Reason(sentence, names)]


def clear(requirements: Sequence[Requirement]) -> Reason:
    passed = sum(requirement.verdict is Verdict.PASS for requirement in requirements)
    return Reason(
        f"{passed} of {counted(len(requirements), 'requirement')} passed, no required "
        "behaviour failed, and no core requirement was left unjudged"
    )
