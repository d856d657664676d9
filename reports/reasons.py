"""Why an outcome is what it is: each function looks for one kind of reason. Pure.

A reason is a sentence and the ids or names that it is about; an empty list means that there is
nothing of the kind. Which of them decides is up to `reports.outcome`.
"""

from collections.abc import Mapping, Sequence

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.deviations import find_rotten, index_excuses, list_unseen
from onceproof.reports.load import Load
from onceproof.reports.profiles import (
    find_absent,
    find_extra,
    group_by_profile,
    is_outside_claim,
)
from onceproof.reports.results import Check, Deviation, Reason, Requirement, Run
from onceproof.reports.text import one_line, pluralise

#: How a reason begins that is about a gateway which gathers answers, see `preflight.gateways`.
LUMPS = "event streams arrive in one lump"

#: Why a requirement is inconclusive whose tests a run that was stopped early has not come to.
NOT_REACHED = "not reached: the run was stopped before"


def prevents_certificate(requirement: Requirement, run: Run | None = None) -> bool:
    """Return whether this requirement alone keeps a target from being certified in this run."""
    match requirement.verdict:
        case Verdict.ERROR:
            return True
        case Verdict.FAIL:
            binding = requirement.level == "MUST" and requirement.scope != "plat"
            return binding and not is_outside_claim(requirement, run)
        case Verdict.INCONCLUSIVE | Verdict.DISABLED | Verdict.NOT_JUDGED:
            return requirement.scope == "core"
    return False


def find_spoilt(requirements: Sequence[Requirement]) -> list[Reason]:
    """Return what something in front of the server spoils, and for which requirements."""
    spoilt: dict[str, list[str]] = {}
    for requirement in requirements:
        if requirement.reason and requirement.reason.startswith(LUMPS):
            spoilt.setdefault(one_line(requirement.reason, 600), []).append(requirement.id)
    return [Reason(sentence, tuple(ids)) for sentence, ids in spoilt.items()]


def find_errors(requirements: Sequence[Requirement], checks: Sequence[Check]) -> list[Reason]:
    broken = [r.id for r in requirements if r.verdict is Verdict.ERROR]
    broken += [check.check for check in checks if check.verdict is Verdict.ERROR]
    if not broken:
        return []
    return [Reason("the harness itself failed, so nothing is certified", tuple(broken))]


def find_deviations(deviations: Sequence[Deviation]) -> list[Reason]:
    """Return what known deviations cost a target: the certificate, and nothing else."""
    seen, rest = tuple(index_excuses(deviations)), tuple(list_unseen(deviations))
    kinds = [
        (pluralise(len(seen), "known deviation"), seen),
        (f"{pluralise(len(rest), 'intermittent deviation')} that this run did not show", rest),
    ]
    return [Reason(f"{what}, so the result is partial at best", ids) for what, ids in kinds if ids]


def find_failures(
    requirements: Sequence[Requirement],
    checks: Sequence[Check],
    excused: Mapping[str, Deviation],
    run: Run | None,
) -> list[Reason]:
    found = []
    failed = [
        r.id
        for r in requirements
        if r.verdict is Verdict.FAIL and prevents_certificate(r, run) and r.id not in excused
    ]
    if failed:
        found.append(
            Reason(f"{pluralise(len(failed), 'required behaviour')} failed", tuple(failed))
        )
    spoken_for = {name for requirement in requirements for name in requirement.checks}
    loose = [c.check for c in checks if c.verdict is Verdict.FAIL and c.check not in spoken_for]
    if loose:
        sentence = f"{pluralise(len(loose), 'history check')} failed"
        found.append(Reason(sentence, tuple(loose)))
    return found


def find_missing_profiles(requirements: Sequence[Requirement], run: Run) -> list[Reason]:
    """Find profiles that the target was declared to have, and does not have."""
    names = find_absent(group_by_profile(requirements), run)
    sentence = f"{pluralise(len(names), 'declared profile')} missing from the target"
    return [Reason(sentence, tuple(names))] if names else []


def find_undeclared_profiles(requirements: Sequence[Requirement], run: Run) -> list[Reason]:
    """Find profiles that the target has although they were not declared: a notice."""
    names = find_extra(group_by_profile(requirements), run)
    sentence = f"{pluralise(len(names), 'profile')} offered but not declared, so not certified"
    return [Reason(sentence, tuple(names))] if names else []


def find_stale_entries(deviations: Sequence[Deviation]) -> list[Reason]:
    """Find deviations that no longer hold: they fail the run until somebody mends the list."""
    return [Reason(sentence, tuple(ids)) for sentence, ids in find_rotten(deviations).items()]


def find_load_failures(load: Load | None) -> list[Reason]:
    if load is None:
        return []
    kinds = evidence.count_losses(load)
    return [
        Reason(f"{pluralise(number, 'accepted run')} {kind} under load", tuple(named))
        for kind, (number, named) in kinds.items()
        if number and kind != "unfinished"
    ]


def find_gaps(requirements: Sequence[Requirement]) -> list[Reason]:
    kinds = (_INCONCLUSIVE, _UNREACHED, _DISABLED, _NOT_JUDGED)
    gaps: dict[str, list[str]] = {kind: [] for kind in kinds}
    for r in requirements:
        if r.verdict in _GAPS and prevents_certificate(r):
            gaps[_name_gap(r)].append(r.id)
    return [
        Reason(f"{pluralise(len(ids), 'core requirement')} {words}", tuple(ids))
        for words, ids in gaps.items()
        if ids
    ]


_GAPS = {Verdict.INCONCLUSIVE, Verdict.DISABLED, Verdict.NOT_JUDGED}
_INCONCLUSIVE = "could not be judged"
_UNREACHED = "not reached, since the run was stopped before"
_DISABLED = "disabled by the operator"
_NOT_JUDGED = "not judged for want of what is not the target's duty"


def _name_gap(requirement: Requirement) -> str:
    if requirement.verdict is Verdict.DISABLED:
        return _DISABLED
    if requirement.verdict is Verdict.NOT_JUDGED:
        return _NOT_JUDGED
    return _UNREACHED if requirement.reason == NOT_REACHED else _INCONCLUSIVE


def find_untested_requirements(requirements: Sequence[Requirement]) -> list[Reason]:
    names = tuple(
        r.id
        for r in requirements
        if r.verdict is Verdict.UNTESTED and r.level == "MUST" and r.scope == "core"
    )
    if not names:
        return []
    what = pluralise(len(names), "core MUST requirement")
    return [Reason(f"{what} untested, which does not affect the outcome", names)]


def find_unmet(requirements: Sequence[Requirement]) -> list[Reason]:
    """Return the recommendations that do not hold, as a notice."""
    names = evidence.list_unmet(requirements)
    return [Reason(evidence.describe_unmet(len(names)), names)] if names else []


def find_breaches(
    requirements: Sequence[Requirement], excused: Mapping[str, Deviation], run: Run | None
) -> list[Reason]:
    """Return the recommendations that fail a strict run: those that nothing excuses."""
    bearing = [r for r in requirements if r.id not in excused and not is_outside_claim(r, run)]
    names = evidence.list_unmet(bearing)
    sentence = f"{evidence.describe_unmet(len(names))}, and --strict makes them count"
    return [Reason(sentence, names)] if names else []


def describe_success(requirements: Sequence[Requirement]) -> Reason:
    passed = sum(requirement.verdict is Verdict.PASS for requirement in requirements)
    return Reason(
        f"{passed} of {pluralise(len(requirements), 'requirement')} passed, no required "
        "behaviour failed, and no core requirement was left unjudged"
    )
