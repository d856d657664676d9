"""Profiles: what the operator declares, what the target offers, and where the two disagree. Pure.

The suite asks a target whether it has an optional feature before it judges it, and a test of one
that is neither there nor claimed is NOT_APPLICABLE. So what a target offers follows from verdicts:

    declared   offered
    yes        no        a failure: the target was declared to have it
    no         yes       a notice: it is tested, but its `ext` requirements cannot fail the target
    no         no        nothing
    nothing declared     everything that the target offers counts

A profile without any judged requirement is neither offered nor absent.
"""

from collections.abc import Mapping, Sequence

from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import Requirement, Run

_SHOWN = {Verdict.PASS, Verdict.FAIL, Verdict.WARN}


def group_by_profile(requirements: Sequence[Requirement]) -> dict[str, list[Requirement]]:
    """Group the requirements by profile, profiles in the order of first mention."""
    found: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        found.setdefault(requirement.profile, []).append(requirement)
    return found


def has_profile(group: Sequence[Requirement], run: Run | None = None) -> bool | None:
    """Return whether the target has this profile; None if nothing shows it.

    With a selection of tests, absent parts may be all that was selected: that proves nothing.
    """
    verdicts = {requirement.verdict for requirement in group}
    if verdicts & _SHOWN:
        return True
    whole = run is None or not run.only
    return False if whole and Verdict.NOT_APPLICABLE in verdicts else None


def find_absent(groups: Mapping[str, Sequence[Requirement]], run: Run) -> list[str]:
    """List the profiles that are declared and that the target does not have."""
    return [name for name in run.profiles if has_profile(groups.get(name, ()), run) is False]


def find_extra(groups: Mapping[str, Sequence[Requirement]], run: Run) -> list[str]:
    """List the profiles that the target has and that were not declared, if any were."""
    return [
        name
        for name, group in groups.items()
        if run.profiles and name not in run.profiles and has_profile(group, run)
    ]


def is_outside_claim(requirement: Requirement, run: Run | None) -> bool:
    """Return whether only targets that declare the feature are held to it, and this one did not."""
    if run is None or not run.profiles:
        return False
    return requirement.scope == "ext" and requirement.profile not in run.profiles
