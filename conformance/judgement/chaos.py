"""What a chaos amounts to: which checks count, what became of its runs, its recovery times. Pure.

It has no tests, and its history shows what the seed and the machine made of it. So only checks
that judged something count, and beside them those in `DEMANDED`, which every chaos feeds: one of
these that judged nothing leaves the chaos inconclusive.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.history import Record
from onceproof.conformance.history.vocabulary import FINAL
from onceproof.conformance.judgement.recovery import measure_recovery
from onceproof.conformance.register import Requirement
from onceproof.conformance.verdict import Verdict
from onceproof.reports.chaos import Chaos, ChaosEvidence, RunCounts

#: What any run feeds that is executed on a thread.
_OF_EVERY_RUN = {"assumptions", "lost", "duplicate", "phantom", "overlap", "thread_overlap"}

#: The checks that every chaos feeds, however short; others judge what of theirs came about.
DEMANDED = frozenset(_OF_EVERY_RUN | {"stream_bounds", "monotonic_status"})

#: The same of one with a poison workload, whose clients follow no run and read no stream.
DEMANDED_OF_POISON = frozenset(_OF_EVERY_RUN | {"expected_end"})

#: What the findings of a check mean for a run.
BROKEN = {
    "lost": "lost",
    "duplicated": "duplicate",
    "overlapping": "overlap",
    "beside another": "thread_overlap",
    "stale": "stale_commit",
    "phantom": "phantom",
}


def select_checks(checks: Iterable[CheckResult], evidence: ChaosEvidence) -> dict[str, CheckResult]:
    """Return by name the checks whose answers count."""
    demanded = DEMANDED_OF_POISON if evidence.ends_by_kind else DEMANDED
    return {
        check.check: check
        for check in checks
        if check.check in demanded or check.verdict is not Verdict.INCONCLUSIVE
    }


def select_requirements(
    register: Mapping[str, Requirement], checks: Mapping[str, CheckResult]
) -> dict[str, Requirement]:
    """Return the binding requirements that `checks` speak for.

    A check that serves no binding requirement stands for itself: whatever it finds fails a chaos.
    """
    return {
        name: requirement
        for name, requirement in register.items()
        if requirement.level == "MUST"
        and requirement.scope != "plat"
        and not checks.keys().isdisjoint(requirement.checks)
    }


def is_inconclusive(evidence: ChaosEvidence, checks: Mapping[str, CheckResult]) -> bool:
    """Return whether a chaos in which nothing failed has not shown enough to pass."""
    verdicts = {check.verdict for check in checks.values()}
    return Verdict.INCONCLUSIVE in verdicts or bool(evidence.surprises)


def describe_chaos(
    evidence: ChaosEvidence, history: Sequence[Record], checks: Iterable[CheckResult]
) -> Chaos:
    """Return what only a chaos has: what was noted at the time, and what its history shows."""
    return Chaos(
        faults=evidence.faults,
        operations=evidence.operations,
        disturbed=evidence.disturbed,
        surprises=evidence.surprises,
        fenced=evidence.fenced,
        fallen=evidence.fallen,
        died=evidence.died,
        ends_by_kind=evidence.ends_by_kind,
        runs=count_runs(history, checks),
        recovery=measure_recovery(history),
    )


def count_runs(history: Sequence[Record], checks: Iterable[CheckResult]) -> RunCounts:
    """Count the runs of a whole history by what became of them."""
    creates, ends = Counter[str](), Counter[str]()
    recovered = 0
    for record in history:
        if record.op == "run.create" and record.kind != "invoke":
            creates[record.kind] += 1
        elif record.kind == "snap" and record.op == FINAL:
            ends[record.value["status"] or "removed"] += 1
        elif record.op == "info-create-recovered":
            recovered += 1
    by_name = {check.check: check.counts for check in checks}
    broken = {word: by_name[name].get("findings", 0) for word, name in BROKEN.items()}
    finished_once = by_name["lost"].get("judged", 0) - broken["lost"] - broken["duplicated"]
    return RunCounts(
        accepted=creates["ok"],
        refused=creates["fail"],
        unclear=creates["info"],
        recovered=recovered,
        finished_once=max(0, finished_once),
        ends=dict(sorted(ends.items())),
        broken=broken,
    )
