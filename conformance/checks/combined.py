"""The answers of one check about several histories, as one answer.

Each history was judged by itself, with its own faults. One that showed the check nothing to judge
takes nothing away from what another showed; any other doubt stays.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from onceproof.conformance.checks.result import CAP, CheckResult, Finding
from onceproof.conformance.verdict import merge


def combine(by_history: Mapping[str, Sequence[CheckResult]]) -> list[CheckResult]:
    """Merge results per check, in the order of the first history; findings name their history."""
    columns = zip(*by_history.values(), strict=True)
    return [_combine_check(dict(zip(by_history, column, strict=True))) for column in columns]


def _combine_check(results: Mapping[str, CheckResult]) -> CheckResult:
    judged = {name: each for name, each in results.items() if each.counts.get("judged", 1)}
    counted = judged or results
    worst = merge(each.verdict for each in counted.values())
    counts: Counter[str] = Counter()
    for each in results.values():
        counts.update(each.counts)
    first = next(iter(results.values()))
    return CheckResult(
        first.check,
        worst,
        tuple(_findings(results))[:CAP],
        dict(counts),
        tuple(notice for each in results.values() for notice in each.notices)[:CAP],
        next((each.reason for each in counted.values() if each.verdict is worst), None),
    )


def _findings(results: Mapping[str, CheckResult]) -> list[Finding]:
    return [
        Finding(f.check, f.key, f.sentence, f.expected, f.actual, f.records, history)
        for history, result in results.items()
        for f in result.findings
    ]
