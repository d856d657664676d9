"""From verdicts to one outcome and one exit status. Pure, and closed against doubt.

The first line that applies decides:

    any ERROR                                             inconclusive  70
    FAIL of a MUST in scope core or ext, not excused      failed        10
    a profile that is declared and not offered            failed        10
    FAIL of a check that no requirement answers for       failed        10
    an accepted run lost or duplicated under load         failed        10
    a list of known deviations that no longer holds       failed        10
    nothing passed                                        inconclusive  11
    DISABLED or INCONCLUSIVE in scope core                partial       12
    FAIL or WARN excused as a known deviation             partial       12
    an intermittent deviation that this run did not see   partial       12
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

from onceproof.conformance.errors import CERTIFIED, FAILED, HARNESS, INCONCLUSIVE, PARTIAL
from onceproof.conformance.verdict import Verdict
from onceproof.reports import reasons
from onceproof.reports.deviations import known, weigh
from onceproof.reports.document import parse
from onceproof.reports.profiles import absent, members, offered
from onceproof.reports.reasons import Reason
from onceproof.reports.results import (
    Check,
    Deviation,
    Load,
    Outcome,
    Profile,
    Requirement,
    Results,
    ResultsError,
    Run,
)

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
class Judgement:
    """An outcome, the exit status that goes with it, and the reasons, decisive ones first."""

    outcome: Outcome
    exit_status: int
    reasons: tuple[Reason, ...]


def outcome(results: Results) -> Judgement:
    """What the verdicts of `results` amount to, whatever the document itself claims."""
    run = results.run
    weighed = weigh(results.deviations, results.requirements, run)
    return judge(results.requirements, results.checks, results.load, deviations=weighed, run=run)


def judge(
    requirements: Sequence[Requirement],
    checks: Sequence[Check] = (),
    load: Load | None = None,
    *,
    deviations: Sequence[Deviation] = (),
    run: Run | None = None,
) -> Judgement:
    """What these verdicts amount to; `deviations` are weighed already, `run` says what for."""
    excused = known(deviations)
    errors = reasons.errors(requirements, checks)
    failures = reasons.failures(requirements, checks, excused, run)
    failures += [*reasons.load_failures(load), *reasons.stale(deviations)]
    gaps = [*reasons.deviating(deviations), *reasons.gaps(requirements)]
    notes = reasons.untested(requirements)
    if run is not None:
        failures += reasons.missing(requirements, run)
        notes += reasons.beyond(requirements, run)
    if errors:
        return Judgement("inconclusive", HARNESS, (*errors, *failures, *gaps, *notes))
    if failures:
        return Judgement("failed", FAILED, (*failures, *gaps, *notes))
    if not any(requirement.verdict is Verdict.PASS for requirement in requirements):
        return Judgement("inconclusive", INCONCLUSIVE, (Reason("nothing passed"), *gaps, *notes))
    if gaps:
        return Judgement("partial", PARTIAL, (*gaps, *notes))
    return Judgement("certified", CERTIFIED, (reasons.clear(requirements), *notes))


def settle(document: dict[str, Any]) -> Results:
    """A results document completed with what follows from its verdicts.

    `document` has everything but `outcome`, `exit_status`, `counts`, `profiles` and what known
    deviations excuse: these are derived here, so that no caller can claim more than the verdicts.
    """
    try:
        requirements = msgspec.convert(document.get("requirements"), list[Requirement])
        checks = msgspec.convert(document.get("checks", []), list[Check])
        load = msgspec.convert(document.get("load"), Load | None)
        listed = msgspec.convert(document.get("deviations", []), list[Deviation])
        run = msgspec.convert(document.get("run"), Run)
    except msgspec.ValidationError as error:
        raise ResultsError(f"the verdicts cannot be read: {error}") from None
    weighed = weigh(listed, requirements, run)
    judgement = judge(requirements, checks, load, deviations=weighed, run=run)
    derived = {
        "outcome": judgement.outcome,
        "exit_status": judgement.exit_status,
        "counts": count(requirements),
        "profiles": msgspec.to_builtins(profiles(requirements, weighed, run)),
        "requirements": msgspec.to_builtins(_beside(requirements, weighed)),
        "deviations": msgspec.to_builtins(weighed),
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
    weighed = weigh(results.deviations, results.requirements, results.run)
    beside = _beside(results.requirements, weighed)
    if weighed != results.deviations or beside != results.requirements:
        raise ResultsError("it excuses what no known deviation excuses; settle the document first")


def count(requirements: Iterable[Requirement]) -> dict[str, int]:
    """How many requirements have each verdict; verdicts that nobody has are left out."""
    number = Counter(requirement.verdict for requirement in requirements)
    return {verdict.value: number[verdict] for verdict in ORDER if number[verdict]}


def profiles(
    requirements: Sequence[Requirement],
    deviations: Sequence[Deviation] = (),
    run: Run | None = None,
) -> list[Profile]:
    """Each profile on its own, in the order of first mention."""
    return [
        Profile(
            profile=name,
            outcome=_profile(group, deviations, run),
            total=len(group),
            counts=count(group),
            declared=name in run.profiles if run and run.profiles else None,
            offered=offered(group, run),
        )
        for name, group in members(requirements).items()
    ]


def _profile(
    group: Sequence[Requirement], deviations: Sequence[Deviation], run: Run | None
) -> Outcome:
    """A profile whose core MUSTs are partly untested has not been certified as a profile.

    On its own it is judged as if it were claimed, unless it is declared and absent.
    """
    if run is not None and absent({group[0].profile: group}, run):
        return "failed"
    ids = {requirement.id for requirement in group}
    holding = [d for d in deviations if d.id in ids and d.standing in ("known", "unseen")]
    found = judge(group, deviations=holding).outcome
    return "partial" if found == "certified" and reasons.untested(group) else found


def _beside(requirements: Sequence[Requirement], weighed: Sequence[Deviation]) -> list[Requirement]:
    """The requirements, each with the deviation that excuses it and with no other."""
    excused = known(weighed)
    return [msgspec.structs.replace(r, deviation=excused.get(r.id)) for r in requirements]
