"""From verdicts to one outcome and one exit status. Pure, and closed against doubt.

The first line that applies decides:

    any ERROR                                             inconclusive  70
    FAIL of a MUST in scope core or ext, not excused      failed        10
    a profile that is declared and not offered            failed        10
    WARN of a SHOULD in a strict run, not excused         failed        10
    FAIL of a check that no requirement answers for       failed        10
    an accepted run lost or duplicated under load         failed        10
    a list of known deviations that no longer holds       failed        10
    nothing passed                                        inconclusive  11
    INCONCLUSIVE, DISABLED or NOT_JUDGED in scope core    partial       12
    FAIL or WARN excused as a known deviation             partial       12
    an intermittent deviation that this run did not see   partial       12
    otherwise                                             certified      0

ERROR comes first because a harness that failed is in no position to say `failed` either. WARN,
and FAIL of a SHOULD, a MAY or a platform-only requirement, never stand in the way otherwise:
nothing that the SDK or a documented guarantee depends on is broken. How many SHOULDs do not hold is
said all the same. Nor does UNTESTED stand in it, which no target could fix, but it is always named.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from onceproof.conformance.errors import CERTIFIED, FAILED, HARNESS, INCONCLUSIVE, PARTIAL
from onceproof.conformance.register.deviation import KnownDeviation
from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence, reasons
from onceproof.reports.chaos import Chaos
from onceproof.reports.deviations import index_excuses, weigh
from onceproof.reports.document import validate
from onceproof.reports.field import Field
from onceproof.reports.load import Load
from onceproof.reports.profiles import find_absent, group_by_profile, has_profile
from onceproof.reports.results import (
    SCHEMA,
    Check,
    Deviation,
    Facts,
    Fault,
    Harness,
    Judgement,
    Mark,
    Outcome,
    Profile,
    Reason,
    Requirement,
    Results,
    ResultsError,
    Run,
    Totals,
)

# How verdicts are listed everywhere: what is well, then what is not, the worst first.
ORDER = (
    Verdict.PASS,
    Verdict.ERROR,
    Verdict.FAIL,
    Verdict.WARN,
    Verdict.INCONCLUSIVE,
    Verdict.DISABLED,
    Verdict.NOT_JUDGED,
    Verdict.UNTESTED,
    Verdict.NOT_APPLICABLE,
)


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """A results document without what follows from its verdicts: what `settle` needs."""

    harness: Harness
    run: Run
    target: Facts
    stack: Facts
    environment: Facts = {}
    requirements: list[Requirement]
    checks: list[Check] = []
    deviations: list[KnownDeviation] = []
    marks: list[Mark] = []
    faults: list[Fault] = []
    load: Load | None = None
    chaos: Chaos | UnsetType = UNSET
    field: Field | UnsetType = UNSET
    tests: Totals


def judge_document(results: Results) -> Judgement:
    """Return what the verdicts of `results` amount to, whatever the document itself claims."""
    run = results.run
    weighed = weigh(results.deviations, results.requirements, run)
    return judge(
        results.requirements,
        results.checks,
        results.load,
        deviations=weighed,
        run=run,
        field=results.field,
    )


def judge(
    requirements: Sequence[Requirement],
    checks: Sequence[Check] = (),
    load: Load | None = None,
    *,
    deviations: Sequence[Deviation] = (),
    run: Run | None = None,
    field: Field | UnsetType = UNSET,
    strict: bool = False,
) -> Judgement:
    """Return what these verdicts amount to; `deviations` are weighed, `run` gives the selection.

    With `strict`, or in a strict run, recommendations that are not met fail it.

    A certificate in `field` mode that was judged without probes is one of the oracles: the
    requirements beside them may fail it, but what they leave open takes nothing from it.
    """
    bearing = evidence.select_bearing(requirements, field)
    excused = index_excuses(deviations)
    spoilt = reasons.find_spoilt(requirements)
    errors = reasons.find_errors(requirements, checks)
    failures = reasons.find_failures(requirements, checks, excused, run)
    if strict or is_strict(run):
        failures += reasons.find_breaches(requirements, excused, run)
    failures += [*reasons.find_load_failures(load), *reasons.find_stale_entries(deviations)]
    gaps = [*reasons.find_deviations(deviations), *reasons.find_gaps(bearing)]
    unmet = reasons.find_unmet(bearing)
    notes = reasons.find_untested_requirements(bearing)
    if run is not None:
        failures += reasons.find_missing_profiles(requirements, run)
        notes += reasons.find_undeclared_profiles(requirements, run)
    if errors:
        return Judgement("inconclusive", HARNESS, (*spoilt, *errors, *failures, *gaps, *notes))
    if failures:
        return Judgement("failed", FAILED, (*spoilt, *failures, *gaps, *notes))
    if not any(requirement.verdict is Verdict.PASS for requirement in bearing):
        nothing = Reason("nothing passed")
        return Judgement("inconclusive", INCONCLUSIVE, (*spoilt, nothing, *gaps, *notes))
    if gaps:
        return Judgement("partial", PARTIAL, (*spoilt, *gaps, *unmet, *notes))
    success = reasons.describe_success(bearing)
    return Judgement("certified", CERTIFIED, (success, *unmet, *spoilt, *notes))


def is_strict(run: Run | None) -> bool:
    """Return whether recommendations count in this run; not in a document that does not say."""
    return run is not None and run.strict is True


def settle(observations: Observations) -> Results:
    """Complete a results document with what follows from its verdicts.

    Outcome, exit status, reasons, counts, profiles, and which failures a known deviation excuses
    are derived here and nowhere else, so that no caller can claim more than the verdicts say.
    """
    seen = observations
    weighed = weigh(seen.deviations, seen.requirements, seen.run)
    judgement = judge(
        seen.requirements,
        seen.checks,
        seen.load,
        deviations=weighed,
        run=seen.run,
        field=seen.field,
    )
    results = Results(
        schema=SCHEMA,
        harness=seen.harness,
        run=seen.run,
        target=seen.target,
        stack=seen.stack,
        environment=seen.environment,
        outcome=judgement.outcome,
        exit_status=judgement.exit_status,
        judgement=judgement,
        counts=count_verdicts(seen.requirements),
        profiles=judge_profiles(seen.requirements, weighed, seen.run),
        requirements=_attach_deviations(seen.requirements, weighed),
        checks=seen.checks,
        deviations=weighed,
        marks=seen.marks,
        faults=seen.faults,
        load=seen.load,
        chaos=seen.chaos,
        field=seen.field,
        tests=seen.tests,
    )
    validate(results)
    return results


def refuse_overclaim(results: Results) -> None:
    """Raise ResultsError if the document claims another outcome than its verdicts support.

    The one place that judges a finished document again: whoever made it cannot be its own guard.

    `inconclusive` may always be claimed, with any status but 0: a run that was interrupted or
    could not see enough withdraws what its verdicts would say.
    """
    judged = judge_document(results)
    claim = (results.outcome, results.exit_status)
    withdrawn = results.outcome == "inconclusive" and results.exit_status != CERTIFIED
    if not withdrawn and claim != (judged.outcome, judged.exit_status):
        raise ResultsError(
            f"outcome={results.outcome} with exit_status={results.exit_status}, but the "
            f"verdicts say {judged.outcome} with {judged.exit_status}; settle the document first"
        )
    if results.judgement not in (UNSET, judged):
        raise ResultsError("its judgement is not that of its verdicts; settle the document first")
    weighed = weigh(results.deviations, results.requirements, results.run)
    beside = _attach_deviations(results.requirements, weighed)
    if weighed != results.deviations or beside != results.requirements:
        raise ResultsError("it excuses what no known deviation excuses; settle the document first")


def count_verdicts(requirements: Iterable[Requirement]) -> dict[str, int]:
    """Count the requirements by verdict, leaving out verdicts that none has."""
    number = Counter(requirement.verdict for requirement in requirements)
    return {verdict.value: number[verdict] for verdict in ORDER if number[verdict]}


def judge_profiles(
    requirements: Sequence[Requirement],
    deviations: Sequence[Deviation] = (),
    run: Run | None = None,
) -> list[Profile]:
    """Judge each profile on its own, in the order of first mention."""
    return [
        Profile(
            profile=name,
            outcome=_judge_profile(group, deviations, run),
            total=len(group),
            counts=count_verdicts(group),
            declared=name in run.profiles if run and run.profiles else None,
            offered=has_profile(group, run),
        )
        for name, group in group_by_profile(requirements).items()
    ]


def _judge_profile(
    group: Sequence[Requirement], deviations: Sequence[Deviation], run: Run | None
) -> Outcome:
    """A profile with untested core MUSTs has not been certified as a profile.

    It is judged as if it had been declared; one that was, and is absent, has failed.
    """
    if run is not None and find_absent({group[0].profile: group}, run):
        return "failed"
    ids = {requirement.id for requirement in group}
    holding = [d for d in deviations if d.id in ids and d.standing in ("known", "unseen")]
    found = judge(group, deviations=holding, strict=is_strict(run)).outcome
    return (
        "partial" if found == "certified" and reasons.find_untested_requirements(group) else found
    )


def _attach_deviations(
    requirements: Sequence[Requirement], weighed: Sequence[Deviation]
) -> list[Requirement]:
    """The requirements, each with the deviation that excuses it, and no other."""
    excused = index_excuses(weighed)
    return [msgspec.structs.replace(r, deviation=excused.get(r.id)) for r in requirements]
