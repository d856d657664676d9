"""What was not judged, by reason: a line for each reason instead of one for each requirement."""

from collections.abc import Sequence
from dataclasses import dataclass

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.results import Requirement, Results


@dataclass(frozen=True)
class Gap:
    """The requirements that were not judged for one reason."""

    reason: str
    ids: Sequence[str]


def group_gaps(results: Results, verdict: Verdict = Verdict.NOT_JUDGED) -> list[Gap]:
    """Group the requirements of a verdict that is a gap by reason, the most frequent one first."""
    checks = evidence.checks_by_name(results)
    groups: dict[str, list[str]] = {}
    unjudged = (each for each in results.requirements if each.verdict is verdict)
    for requirement in filter(_is_unexcused, unjudged):
        groups.setdefault(evidence.headline(requirement, checks), []).append(requirement.id)
    largest_first = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [Gap(reason, tuple(ids)) for reason, ids in largest_first]


def _is_unexcused(requirement: Requirement) -> bool:
    return requirement.deviation is None
