"""The end of a chaos as lines of plain text that a log can keep."""

from collections import Counter
from collections.abc import Iterator

from msgspec import UNSET

from onceproof.conformance.errors import INTERRUPTED
from onceproof.conformance.faults.catalogue import FAULT_KINDS
from onceproof.conformance.verdict import Verdict
from onceproof.reports.chaos import Chaos
from onceproof.reports.evidence import count_findings
from onceproof.reports.recovery import CLASSES, tabulate_recovery
from onceproof.reports.results import Check, Results

FINDINGS = 3


def describe_results(results: Results) -> Iterator[str]:
    """Yield what the checks say, and what only a chaos has: faults, recovery, counts."""
    yield ""
    for check in results.checks:
        yield from _describe_check(check)
    idle = [check.check for check in results.checks if not check.counts.get("judged")]
    if idle:
        yield f"nothing to judge for {', '.join(idle)}"
    if results.chaos is not UNSET:
        yield ""
        yield from _describe_faults(results.chaos)
        yield ""
        yield from _describe_recovery(results.chaos)
        yield ""
        yield from _describe_counts(results.chaos)
    yield f"took      {results.run.seconds:g} s"


def describe_outcome(results: Results) -> str:
    """Return the last line: what came of the seed, and the exit status."""
    outcome = "passed" if results.exit_status == 0 else "inconclusive"
    if results.exit_status == INTERRUPTED:
        outcome = "interrupted, and so it claims nothing"
    elif failing := failing_checks(results):
        outcome = f"failed by {', '.join(failing)}"
    return f"seed {results.run.seed}: {outcome} (exit status {results.exit_status})"


def failing_checks(results: Results) -> list[str]:
    """List the checks that found something."""
    return [check.check for check in results.checks if check.verdict is Verdict.FAIL]


def _describe_check(check: Check) -> Iterator[str]:
    judged = check.counts.get("judged", 0)
    if check.verdict is Verdict.INCONCLUSIVE and not judged:
        return
    number = count_findings(check)
    yield f"{check.verdict.value:<13} {check.check:<22} {judged:>7} judged  {number} found"
    if check.reason and check.verdict is not Verdict.PASS:
        yield f"{'':<14}{check.reason}"
    for finding in check.findings[:FINDINGS]:
        yield f"{'':<14}{finding.sentence}"
        yield f"{'':<16}expected {finding.expected}, got {finding.actual}"
        yield f"{'':<16}records {', '.join(map(str, finding.records))}"
    if number > FINDINGS:
        yield f"{'':<14}and {number - FINDINGS} more"


def _describe_faults(chaos: Chaos) -> Iterator[str]:
    counts = chaos.faults
    yield f"{sum(counts.values())} faults of {len(counts)} kinds"
    for region in dict.fromkeys(kind.group for kind in FAULT_KINDS.values()):
        kinds = [name for name in counts if FAULT_KINDS[name].group == region]
        if kinds:
            yield f"  {region:<11}" + ", ".join(f"{name} {counts[name]}" for name in kinds)


def _describe_recovery(chaos: Chaos) -> Iterator[str]:
    yield f"{'recovery':<34}" + "".join(f"{name:>9}" for name in CLASSES) + f"{'worst':>10}"
    for row in tabulate_recovery(chaos.recovery):
        counts = "".join(f"{count:>9}" for count in row.counts)
        yield f"{row.title:<34}{counts}{row.worst:>10}"


def _describe_counts(chaos: Chaos) -> Iterator[str]:
    runs = chaos.runs
    yield (
        f"creates   accepted {runs.accepted}, refused {runs.refused}, "
        f"unclear {runs.unclear} (found later {runs.recovered})"
    )
    yield f"ends      finished once {runs.finished_once}; by status: {_pairs(runs.ends)}"
    yield f"broken    {_pairs(runs.broken)}"
    yield "fenced    " + ", ".join(f"{count} {where}" for where, count in chaos.fenced.items())
    operations = _pairs(dict(Counter(chaos.operations).most_common()))
    yield f"clients   {operations}; {chaos.disturbed} ended early by a fault"
    for surprise in chaos.surprises:
        yield f"surprise  {surprise}"
    for kind, ends in chaos.ends_by_kind.items():
        yield f"poison    {kind}: {_pairs(ends)}"
    if chaos.died:
        yield f"died      {_pairs(chaos.died)}, each started again"
    if chaos.fallen:
        yield f"fallen    {', '.join(chaos.fallen)} ended without a fault of ours"


def _pairs(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
