"""A Markdown summary for the job page of a CI system: what failed and why, then the rest.

Kept well below the size that job pages accept: evidence is cut, and after `SHOWN` failures
only the ids follow. What a target said stands in fenced code or has its punctuation escaped.
"""

import re
from collections.abc import Mapping, Sequence

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.evidence import target_name
from onceproof.reports.outcome import ORDER, outcome
from onceproof.reports.results import Check, Load, Requirement, Results
from onceproof.reports.text import duration, listed, one_line, shorten, visible

SHOWN = 40
_EVIDENCE_CHARACTERS = 3_000


def render(results: Results) -> str:
    """The document as GitHub-flavoured Markdown."""
    checks = evidence.by_name(results)
    sections = [
        _head(results),
        _profiles(results),
        _failures(results, checks),
        _known(results),
        _briefly("Warnings", results, checks, Verdict.WARN),
        _briefly("Could not be judged", results, checks, Verdict.INCONCLUSIVE, Verdict.DISABLED),
        _load(results.load) if results.load else "",
        _foot(results),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def plain(text: str, limit: int = 300) -> str:
    """Foreign text as one line of Markdown that renders as itself, also in a table."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!&])", r"\\\1", one_line(text, limit))


def fenced(text: str) -> str:
    """Foreign text as a code block that it cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{visible(text)}\n{fence}"


def _head(results: Results) -> str:
    lines = [f"# onceproof: {results.outcome} – {plain(target_name(results))}", ""]
    for reason in outcome(results).reasons:
        names = f": {plain(listed(reason.names, 12))}" if reason.names else ""
        lines.append(f"- {reason.sentence}{names}")
    return "\n".join(lines)


def _profiles(results: Results) -> str:
    shown = [v.value for v in ORDER if v is not Verdict.PASS and results.counts.get(v)]
    claims = any(p.declared is not None for p in results.profiles)
    heads = ["Profile", "Outcome", *["Claim"] * claims, "Passed", "Of"]
    rows = [
        [plain(p.profile), p.outcome, *[evidence.claim(p)] * claims]
        + [p.counts.get(name, 0) if name else p.total for name in ("PASS", "", *shown)]
        for p in results.profiles
    ]
    heads += [_word(name).capitalize() for name in shown]
    return _table(heads, rows, left=2 + claims) if rows else ""


def _failures(results: Results, checks: Mapping[str, Check]) -> str:
    failed = evidence.failed(results)
    parts = ["## Failed"] if failed else []
    for requirement in failed[:SHOWN]:
        told = shorten(evidence.full(requirement, checks), _EVIDENCE_CHARACTERS)
        parts.append(f"### {_name(requirement)}\n\n{requirement.verdict.value}\n\n{fenced(told)}")
    if len(failed) > SHOWN:
        parts.append("Also failed: " + ", ".join(plain(r.id) for r in failed[SHOWN:]))
    return "\n\n".join(parts)


def _known(results: Results) -> str:
    lines = [
        f"- **{_name(r)}** {r.verdict.value}, {plain(evidence.excuse(r.deviation), 500)}"
        for r in results.requirements
        if r.deviation
    ]
    return "\n".join(["## Known deviations", "", *lines]) if lines else ""


def _briefly(title: str, results: Results, checks: Mapping[str, Check], *verdicts: Verdict) -> str:
    members = [r for r in results.requirements if r.verdict in verdicts and not r.deviation]
    if not members:
        return ""
    lines = [f"- **{_name(r)}**: {plain(evidence.headline(r, checks))}" for r in members[:SHOWN]]
    if len(members) > SHOWN:
        lines.append(f"- and {len(members) - SHOWN} more")
    return f"## {title}\n\n" + "\n".join(lines)


def _load(load: Load) -> str:
    heads = ["Operation", "Count", "Failures", "Per second", "p50 ms", "p99 ms", "Max ms"]
    rows = [
        [plain(o.name), o.count, o.failures, o.per_s, o.p50_ms, o.p99_ms, o.max_ms]
        for o in load.operations
    ]
    table = "\n\n" + _table(heads, rows) if rows else ""
    return f"## Load\n\n{plain(load.sentence)}{table}"


def _foot(results: Results) -> str:
    run = results.run
    took = f"{plain(run.started)}, {duration(run.seconds)}, seed {plain(str(run.seed))}"
    return f"{took}. Repeat with:\n\n{fenced(run.command)}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]], left: int = 1) -> str:
    rule = ["---"] * left + ["--:"] * (len(heads) - left)
    lines = [heads, rule, *([_cell(value) for value in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value}"


def _name(requirement: Requirement) -> str:
    return plain(f"{requirement.id} {requirement.title}")


def _word(verdict: str) -> str:
    return verdict.replace("_", " ").lower()
