"""`recheck`: the verdicts of a run that is over, derived again from what it left behind.

The target is not asked for anything, so it works anywhere and for ever, and an untouched run gives
the same document bit for bit. Where it does not - the register or a check has changed since - the
differences are named.

A document is compared in the form it was written in. Documents of earlier versions have no
`judgement`, and their findings no `attempts`, so these are left out of the new one, too, when the
stored one lacks them. That hides no tampering: whoever deletes them gains nothing, because all that
they were concluded from is compared.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, structs

from onceproof.conformance.checks import CHECKS, CheckResult
from onceproof.conformance.errors import UsageError
from onceproof.conformance.field.application import APPLICATION
from onceproof.conformance.field.oracles import ORACLES
from onceproof.conformance.judgement.evidence import (
    derive_results,
    judge_evidence,
    load_evidence,
)
from onceproof.conformance.judgement.histories import (
    Histories,
    describe_check,
    judge_histories,
    load_histories,
)
from onceproof.conformance.run_folder import EVIDENCE, explain_missing_results
from onceproof.reports.document import dump
from onceproof.reports.results import Check, Finding, Results
from onceproof.reports.write import RESULTS

SHOWN = 20


def find_differences(folder: Path) -> list[str]:
    """Return where the document derived now differs from the one that the run wrote."""
    path = folder / RESULTS
    try:
        stored = path.read_bytes()
    except OSError:
        raise UsageError(f"'{folder}' {explain_missing_results(folder, RESULTS)}") from None
    results = derive_results(load_evidence(folder), folder)
    try:
        before = msgspec.json.decode(stored)
    except msgspec.DecodeError as error:
        return [f"'{path}' is not JSON any more ({error})"]
    now = dump(_in_the_form_of(results, before))
    if now == stored:
        return []
    differences = list(_compare(before, msgspec.json.decode(now), ""))
    return differences or [f"'{path}' says the same in other bytes: another program wrote it"]


def find_anomalies(
    folder: Path, check: str | None, key: str | None
) -> list[tuple[str, list[Finding]]]:
    """Return (verdict line, findings) of each check or of one, about everything or one key."""
    evidence = load_evidence(folder) if (folder / EVIDENCE).exists() else None
    names = CHECKS if evidence is None or evidence.field is UNSET else {**ORACLES, **APPLICATION}
    if check is not None and check not in names:
        raise UsageError(f"--only {check!r} is not a check; choose one of {', '.join(names)}")
    histories = load_histories(folder)
    start_ns = _start_ns(folder, histories) if evidence is None else evidence.start_ns
    results = judge_evidence(evidence, histories) if evidence else judge_histories(histories)
    answers = []
    for result in results:
        if check in (None, result.check):
            findings = describe_check(result, histories, start_ns, str(folder)).findings
            shown = [finding for finding in findings if key in (None, finding.key)]
            answers.append((_describe_verdict(result), shown))
    return answers


def _in_the_form_of(results: Results, stored: object) -> Results:
    if isinstance(stored, dict) and "judgement" not in stored:
        results = structs.replace(results, judgement=UNSET)
    if b'"attempts"' not in msgspec.json.encode(stored):
        results = structs.replace(results, checks=[_without_attempts(c) for c in results.checks])
    return results


def _without_attempts(check: Check) -> Check:
    findings = [structs.replace(finding, attempts=UNSET) for finding in check.findings]
    return structs.replace(check, findings=findings)


def _start_ns(folder: Path, histories: Histories) -> int:
    """When the run began; an interrupted chaos leaves a history alone, and began with its start."""
    times = [record.t for records in histories.values() for record in records]
    if not times:
        raise UsageError(f"'{folder}' holds no history: name the folder of a run")
    return min(times)


def _describe_verdict(result: CheckResult) -> str:
    why = f": {result.reason}" if result.reason else ""
    return f"{result.check} {result.verdict.value}{why}"


def _compare(before: Any, now: Any, where: str) -> Iterator[str]:
    """Each place in which two JSON documents differ, the deepest one named."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(before.keys() | now.keys()):
            yield from _compare(before.get(name), now.get(name), f"{where}.{name}".lstrip("."))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for n, pair in enumerate(zip(before, now, strict=True)):
            yield from _compare(*pair, f"{where}[{_name(pair[0], n)}]")
    elif before != now:
        yield f"{where}: {_shorten(before)} when it ran, {_shorten(now)} now"


def _name(item: Any, n: int) -> str:
    names = ("id", "check", "mark", "profile", "nodeid")
    present = [item[name] for name in names if name in item] if isinstance(item, dict) else []
    return str(present[0]) if present else str(n)


def _shorten(value: Any) -> str:
    text = f"{len(value)} entries" if isinstance(value, list) else repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
