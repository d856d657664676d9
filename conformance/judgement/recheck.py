"""`recheck`: the verdicts of a run that is over, derived again from what it left behind.

Nothing is asked of the target, so it works anywhere and for ever, and an untouched run gives the
same document bit for bit. Where it does not - the register or a check has changed since - the
differences are named.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from onceproof.conformance.checks import CHECKS, CheckResult
from onceproof.conformance.errors import UsageError
from onceproof.conformance.judgement.evidence import FILE, derive, recall
from onceproof.conformance.judgement.histories import Histories, histories, judged, told_check
from onceproof.reports.document import dump
from onceproof.reports.results import Finding
from onceproof.reports.write import RESULTS

SHOWN = 20


def differences(folder: Path) -> list[str]:
    """Where the document derived now differs from the one that the run wrote; [] if nowhere."""
    stored = folder / RESULTS
    try:
        before = stored.read_bytes()
    except OSError:
        raise UsageError(f"'{folder}' holds no {RESULTS}: there is nothing to compare") from None
    now = dump(derive(recall(folder), folder))
    if now == before:
        return []
    try:
        told = list(_between(msgspec.json.decode(before), msgspec.json.decode(now), ""))
    except msgspec.DecodeError as error:
        told = [f"'{stored}' is no JSON any more ({error})"]
    return told or [f"'{stored}' says the same in other bytes: it was written by another program"]


def findings(folder: Path, check: str | None, key: str | None) -> list[tuple[str, list[Finding]]]:
    """(verdict line, findings) of each check or of one, about everything or about one key."""
    if check is not None and check not in CHECKS:
        raise UsageError(f"--only {check!r} is no check: name one of {', '.join(CHECKS)}")
    found = histories(folder)
    began_ns = _began_ns(folder, found)
    told = []
    for each in judged(found):
        if check in (None, each.check):
            entry = told_check(each, found, began_ns, str(folder))
            shown = msgspec.convert(entry["findings"], list[Finding])
            told.append((_verdict(each), [one for one in shown if key in (None, one.key)]))
    return told


def _began_ns(folder: Path, found: Histories) -> int:
    """When the run began; a chaos leaves histories alone, and began with its first record."""
    if (folder / FILE).exists():
        return recall(folder).start_ns
    times = [record.t for records in found.values() for record in records]
    if not times:
        raise UsageError(f"'{folder}' holds no history: name the folder of a run")
    return min(times)


def _verdict(result: CheckResult) -> str:
    why = f": {result.reason}" if result.reason else ""
    return f"{result.check} {result.verdict.value}{why}"


def _between(before: Any, now: Any, where: str) -> Iterator[str]:
    """Each place in which two JSON documents differ, deepest first named."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(before.keys() | now.keys()):
            yield from _between(before.get(name), now.get(name), f"{where}.{name}".lstrip("."))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for n, pair in enumerate(zip(before, now, strict=True)):
            yield from _between(*pair, f"{where}[{_name(pair[0], n)}]")
    elif before != now:
        yield f"{where}: {_brief(before)} when it ran, {_brief(now)} now"


def _name(item: Any, n: int) -> str:
    names = ("id", "check", "mark", "profile", "nodeid")
    known = [item[name] for name in names if name in item] if isinstance(item, dict) else []
    return str(known[0]) if known else str(n)


def _brief(value: Any) -> str:
    text = f"{len(value)} entries" if isinstance(value, list) else repr(value)
    return text if len(text) <= 100 else f"{text[:100]}…"
