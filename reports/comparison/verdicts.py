"""Requirements whose verdict changed, each with what either side has seen of it. Pure.

worse    it failed or was warned of, and had not been; unless a known deviation excuses it
lost     it had passed, and nothing shows any more that it holds
better   it failed or was warned of, and passes now
other    the rest, such as a requirement that is new in the register
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from onceproof.conformance.verdict import Verdict, merge
from onceproof.reports import evidence
from onceproof.reports.comparison.sides import Side
from onceproof.reports.results import Check, Requirement
from onceproof.reports.text import join_names, one_line, pluralise

Kind = Literal["worse", "lost", "better", "other"]
Seen = tuple[Requirement, Mapping[str, Check]]

ABSENT = "ABSENT"
_BAD = (Verdict.WARN, Verdict.FAIL, Verdict.ERROR)


@dataclass(frozen=True)
class Change:
    """One requirement with its two verdicts and what either rests on, in a line each."""

    kind: Kind
    name: str
    old: str
    new: str
    old_evidence: str
    new_evidence: str


def compare_verdicts(old: Side, new: Side) -> list[Change]:
    """Return what changed from `old` to `new`, the worst first."""
    before, after = old.index(), new.index()
    ids = [*before, *(id for id in after if id not in before)]
    changes = [change for id in ids for change in _find_change(before.get(id), after.get(id))]
    order: list[Kind] = ["worse", "lost", "better", "other"]
    return sorted(changes, key=lambda change: order.index(change.kind))


def describe_evidence(seen: Seen | None) -> str:
    """Return one line on what a verdict rests on, passes included."""
    if seen is None:
        return "this side knows no such requirement"
    requirement, checks = seen
    if requirement.verdict is not Verdict.PASS:
        return one_line(evidence.headline(requirement, checks))
    tests = [test.nodeid.rpartition("::")[2] for test in requirement.tests]
    parts = []
    if tests:
        parts.append(f"passed in {pluralise(len(tests), 'test')}: {join_names(tests, 3)}")
    if requirement.checks:
        parts.append(f"by the history: {join_names(requirement.checks, 3)}")
    return one_line("; ".join(parts) or "passed")


def _find_change(old: Seen | None, new: Seen | None) -> Iterator[Change]:
    before, after = _read_verdict(old), _read_verdict(new)
    present = new or old
    if before == after or present is None:
        return
    yield Change(
        kind=_classify(old, new),
        name=one_line(f"{present[0].id} {present[0].title}"),
        old=before,
        new=after,
        old_evidence=describe_evidence(old),
        new_evidence=describe_evidence(new),
    )


def _classify(old: Seen | None, new: Seen | None) -> Kind:
    if old is None:
        return "other"
    before = old[0].verdict
    if new is not None and new[0].verdict in _BAD:
        is_worse = merge([before, new[0].verdict]) is not before
        return "worse" if is_worse and new[0].deviation is None else "other"
    if before is Verdict.PASS:
        return "lost"
    return "better" if before in _BAD and new and new[0].verdict is Verdict.PASS else "other"


def _read_verdict(seen: Seen | None) -> str:
    return seen[0].verdict.value if seen else ABSENT
