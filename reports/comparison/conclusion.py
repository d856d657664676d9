"""What a comparison amounts to: its lines, and its exit status."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE
from onceproof.reports.comparison.bootstrap import CONFIDENCE
from onceproof.reports.comparison.figures import Figure, compare_loads
from onceproof.reports.comparison.sides import Side
from onceproof.reports.comparison.verdicts import Change, compare_verdicts
from onceproof.reports.text import pluralise


@dataclass(frozen=True)
class Comparison:
    """Verdicts that changed, figures, and what could not be compared."""

    old: Side
    new: Side
    changes: Sequence[Change]
    figures: Sequence[Figure]
    gaps: Sequence[str]

    @property
    def exit_status(self) -> int:
        """The exit status: 10 something got worse, 11 something is not shown any more, else 0."""
        if self.count("worse") or any(figure.is_regression for figure in self.figures):
            return FAILED
        return INCONCLUSIVE if self.count("lost") or self.gaps else CERTIFIED

    def count(self, kind: str) -> int:
        """Count the changes of this kind."""
        return sum(change.kind == kind for change in self.changes)


def compare_sides(old: Side, new: Side, allowed: float) -> Comparison:
    """Compare verdicts and load; a figure may get worse by the share `allowed`."""
    codes = old.codes | new.codes
    one_harness = len(codes) == 1 and None not in codes
    figures, gaps = compare_loads(old.loads, new.loads, allowed, one_harness=one_harness)
    return Comparison(old, new, compare_verdicts(old, new), figures, gaps)


def describe_comparison(comparison: Comparison) -> Iterator[str]:
    """Yield the comparison in lines that end with what it amounts to."""
    yield f"old: {comparison.old.name}"
    yield f"new: {comparison.new.name}"
    for change in comparison.changes:
        yield f"{change.kind:<6} {change.name}: {change.old} -> {change.new}"
        yield f"         old: {change.old_evidence}"
        yield f"         new: {change.new_evidence}"
    if comparison.figures:
        yield f"figures under load, new over old, with bounds of {CONFIDENCE:.0%} confidence"
    for figure in comparison.figures:
        yield _describe_figure(figure)
    yield from (f"! {gap}" for gap in comparison.gaps)
    yield _conclude(comparison)


def _describe_figure(figure: Figure) -> str:
    ratio = figure.ratio
    change = f"{ratio.estimate - 1:+.1%} ({ratio.low - 1:+.1%} to {ratio.high - 1:+.1%})"
    hidden = "  too noisy to exclude a regression: repeat it, or load longer"
    verdict = "  REGRESSION" if figure.is_regression else hidden if figure.is_hidden else ""
    return f"  {figure.name:<16} {figure.old:>10,.1f} -> {figure.new:>10,.1f}  {change}{verdict}"


def _conclude(comparison: Comparison) -> str:
    regressions = sum(figure.is_regression for figure in comparison.figures)
    worse, lost = comparison.count("worse"), comparison.count("lost")
    parts = []
    if worse:
        parts.append(f"{pluralise(worse, 'verdict')} worse")
    if regressions:
        parts.append(f"{pluralise(regressions, 'figure')} worse than allowed")
    if lost:
        parts.append(f"{pluralise(lost, 'requirement')} not shown any more")
    words = "; ".join([*parts, *(["not all figures compared"] if comparison.gaps else [])])
    return f"{words or 'no regression'} (exit status {comparison.exit_status})"
