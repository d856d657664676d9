"""Profiles: what the operator declares, what the target offers, and where the two disagree. Pure.

The suite asks a target whether it has an optional feature before it judges it, and a test of one
that is neither there nor claimed is NOT_APPLICABLE. So what a target offers follows from verdicts:

    declared   offered
    yes        no        a failure: the target was said to have it
    no         yes       a notice: it is tested, and its `ext` requirements do not hinder
    no         no        nothing
    nothing declared     everything that the target offers counts

A profile of which nothing was judged is neither offered nor absent.
"""

from collections.abc import Mapping, Sequence

from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import Requirement, Run

_SHOWN = {Verdict.PASS, Verdict.FAIL, Verdict.WARN}


def members(requirements: Sequence[Requirement]) -> dict[str, list[Requirement]]:
    """The requirements by profile, profiles in the order of first mention."""
    found: dict[str, list[Requirement]] = {}
    for requirement in requirements:
        found.setdefault(requirement.profile, []).append(requirement)
    return found


def offered(group: Sequence[Requirement], run: Run | None = None) -> bool | None:
    """Whether the target has this profile; None if nothing says so.

    A selection of tests may hold only those of parts that are absent, and says nothing of a whole.
    """
    verdicts = {requirement.verdict for requirement in group}
    if verdicts & _SHOWN:
        return True
    whole = run is None or not run.only
    return False if whole and Verdict.NOT_APPLICABLE in verdicts else None


def absent(groups: Mapping[str, Sequence[Requirement]], run: Run) -> list[str]:
    """The profiles that are declared and that the target does not have."""
    return [name for name in run.profiles if offered(groups.get(name, ()), run) is False]


def undeclared(groups: Mapping[str, Sequence[Requirement]], run: Run) -> list[str]:
    """The profiles that the target has and that are not declared, if any are."""
    return [
        name
        for name, group in groups.items()
        if run.profiles and name not in run.profiles and offered(group, run)
    ]


def unclaimed(requirement: Requirement, run: Run | None) -> bool:
    """Whether it is certified only for targets that claim the feature, and this one does not."""
    if run is None or not run.profiles:
        return False
    return requirement.scope == "ext" and requirement.profile not in run.profiles
