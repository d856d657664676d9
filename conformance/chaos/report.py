"""The end of a chaos, in lines of plain text that a log can keep."""

from collections.abc import Iterator, Sequence

from onceproof.conformance.chaos.recovery import BOUNDS_S, histogram
from onceproof.conformance.chaos.run import Outcome
from onceproof.conformance.faults.catalogue import PACKAGES
from onceproof.conformance.verdict import Verdict

FINDINGS = 3


def told(outcome: Outcome) -> Iterator[str]:
    """Everything that a chaos has to say."""
    yield ""
    yield from _checks(outcome)
    yield ""
    yield from _faults(outcome)
    yield ""
    yield from _times(outcome)
    yield ""
    yield from _figures(outcome)
    yield f"seed {outcome.seed}: {_result(outcome)} (exit status {outcome.exit_status})"


def _checks(outcome: Outcome) -> Iterator[str]:
    for check in outcome.checks:
        if check.verdict is Verdict.INCONCLUSIVE and not check.counts.get("judged"):
            continue
        what = f"{check.counts.get('judged', 0):>7} judged"
        found = check.counts.get("findings", 0)
        yield f"{check.verdict.value:<13} {check.check:<22} {what}  {found} found"
        if check.reason and check.verdict is not Verdict.PASS:
            yield f"{'':<14}{check.reason}"
        for finding in check.findings[:FINDINGS]:
            yield f"{'':<14}{finding.sentence}"
            yield f"{'':<16}expected {finding.expected}, got {finding.actual}"
            yield f"{'':<16}records {', '.join(map(str, finding.records))}"
        if found > FINDINGS:
            yield f"{'':<14}and {found - FINDINGS} more"
    idle = [check.check for check in outcome.checks if not check.counts.get("judged")]
    if idle:
        yield f"nothing to judge for {', '.join(idle)}"


def _faults(outcome: Outcome) -> Iterator[str]:
    counts: dict[str, int] = {}
    for entry in outcome.played:
        counts[entry.fault] = counts.get(entry.fault, 0) + 1
    yield f"{len(outcome.played)} faults of {len(counts)} kinds"
    for region in dict.fromkeys(package.region for package in PACKAGES.values()):
        kinds = [name for name in counts if PACKAGES[name].region == region]
        if kinds:
            yield f"  {region:<11}" + ", ".join(f"{name} {counts[name]}" for name in kinds)


def _times(outcome: Outcome) -> Iterator[str]:
    times = outcome.recovery
    bounds = [f"<= {bound:g} s" for bound in BOUNDS_S] + [f"> {BOUNDS_S[-1]:g} s"]
    yield f"{'recovery':<34}" + "".join(f"{bound:>9}" for bound in bounds) + f"{'worst':>10}"
    yield _row("heal to the next begin of a step", times.to_begin_s)
    yield _row("heal to the next end of a step", times.to_end_s)
    yield _row("lost step to its next attempt", times.picked_up_s)


def _row(what: str, times_s: Sequence[float]) -> str:
    counts = "".join(f"{count:>9}" for count in histogram(times_s))
    worst = f"{max(times_s):.2f} s" if times_s else "none"
    return f"{what:<34}{counts}{worst:>10}"


def _figures(outcome: Outcome) -> Iterator[str]:
    counts, tally = outcome.counts, outcome.tally
    ends = ", ".join(f"{status} {count}" for status, count in sorted(counts.ends.items()))
    creates = counts.creates
    yield (
        f"creates   accepted {counts.accepted}, refused {creates['fail']}, "
        f"unclear {creates['info']} (found later {counts.recovered})"
    )
    yield f"ends      finished once {counts.finished}; by status: {ends}"
    yield "broken    " + ", ".join(f"{what} {count}" for what, count in counts.broken.items())
    yield "fenced    " + ", ".join(f"{count} {where}" for where, count in outcome.fenced.items())
    rounds = ", ".join(f"{name} {count}" for name, count in tally.rounds.most_common())
    yield f"clients   {rounds}; {tally.disturbed.total()} ended early by a fault"
    for surprise in tally.surprises:
        yield f"surprise  {surprise}"
    if outcome.fell:
        yield f"fell      {', '.join(outcome.fell)} ended without a fault of ours"
    yield f"took      {outcome.seconds:g} s"


def _result(outcome: Outcome) -> str:
    if outcome.failing:
        return f"failed by {', '.join(outcome.failing)}"
    return "passed" if outcome.exit_status == 0 else "inconclusive"
