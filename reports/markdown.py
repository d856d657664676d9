"""A Markdown summary for the job page of a CI system: what failed and why, then the rest.

It stays well below the size that job pages accept: evidence is cut, and after `SHOWN` failures
only ids follow. Text from the target stands in fenced code or has its punctuation escaped.
"""

import re
from collections.abc import Mapping, Sequence

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.causes import group_causes
from onceproof.reports.chaos import Chaos
from onceproof.reports.evidence import describe_deviation, target_name
from onceproof.reports.gaps import Gap, group_gaps
from onceproof.reports.load import Load
from onceproof.reports.outcome import ORDER
from onceproof.reports.recovery import CLASSES, tabulate_recovery
from onceproof.reports.results import Check, Requirement, Results
from onceproof.reports.text import duration, join_names, one_line, pluralise, shorten, visible

SHOWN = 40
_EVIDENCE_CHARACTERS = 3_000


def render(results: Results) -> str:
    """Return the document as GitHub-flavoured Markdown."""
    checks = evidence.checks_by_name(results)
    sections = [
        _head(results),
        _causes(results),
        _profiles(results),
        _failures(results, checks),
        _deviations(results),
        _briefly("Warnings", results, checks, Verdict.WARN),
        _briefly("Could not be judged", results, checks, Verdict.INCONCLUSIVE),
        _gaps("Not judged", group_gaps(results)),
        _gaps("Not run", group_gaps(results, Verdict.DISABLED)),
        _chaos(results.chaos) if results.chaos else "",
        _load(results.load) if results.load else "",
        _foot(results),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def plain(text: str, limit: int = 300) -> str:
    """Escape foreign text into one line of Markdown that renders as itself, also in a table."""
    return re.sub(r"([\\`*_{}\[\]<>#|~!&])", r"\\\1", one_line(text, limit))


def fence(text: str) -> str:
    """Wrap foreign text in a code block that it cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{visible(text)}\n{fence}"


def _head(results: Results) -> str:
    outcome = evidence.describe_outcome(results)
    lines = [f"# onceproof: {outcome} – {plain(target_name(results))}", ""]
    if field := evidence.describe_field(results):
        lines.append(f"- {plain(field, 400)}")
    for reason in results.reasons:
        names = f": {plain(join_names(reason.names, 12))}" if reason.names else ""
        lines.append(f"- {reason.sentence}{names}")
    return "\n".join(lines)


def _causes(results: Results) -> str:
    lines = []
    for cause in group_causes(results)[:SHOWN]:
        example = f" ({plain(cause.example)})" if cause.example != cause.sentence else ""
        ids = plain(join_names(cause.ids, 12))
        head = f"- **{pluralise(len(cause.ids), 'requirement')}**: {plain(cause.sentence)}{example}"
        lines += [head, f"  {plain(cause.advice, 400)}: {ids}"]
    return "\n".join(["## Failures with a cause in common", "", *lines]) if lines else ""


def _profiles(results: Results) -> str:
    shown = [v.value for v in ORDER if v is not Verdict.PASS and results.counts.get(v)]
    claims = any(p.declared is not None for p in results.profiles)
    heads = ["Profile", "Outcome", *["Claim"] * claims, "Passed", "Of"]
    rows = [
        [plain(p.profile), evidence.name_outcome(p.outcome, results), *[evidence.claim(p)] * claims]
        + [p.counts.get(name, 0) if name else p.total for name in ("PASS", "", *shown)]
        for p in results.profiles
    ]
    heads += [_word(name).capitalize() for name in shown]
    return _table(heads, rows, left=2 + claims) if rows else ""


def _failures(results: Results, checks: Mapping[str, Check]) -> str:
    failed = evidence.list_failures(results)
    parts = ["## Failed"] if failed else []
    for requirement in failed[:SHOWN]:
        text = shorten(evidence.describe(requirement, checks), _EVIDENCE_CHARACTERS)
        parts.append(f"### {_name(requirement)}\n\n{requirement.verdict.value}\n\n{fence(text)}")
    if len(failed) > SHOWN:
        parts.append("Also failed: " + ", ".join(plain(r.id) for r in failed[SHOWN:]))
    return "\n\n".join(parts)


def _deviations(results: Results) -> str:
    lines = [
        f"- **{_name(r)}** {r.verdict.value}, {plain(describe_deviation(r.deviation), 500)}"
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


def _gaps(title: str, groups: Sequence[Gap]) -> str:
    lines = [
        f"- **{pluralise(len(group.ids), 'requirement')}**: {plain(group.reason, 500)} "
        f"({plain(join_names(group.ids, 12))})"
        for group in groups
    ]
    return "\n".join([f"## {title}", "", *lines]) if lines else ""


def _chaos(chaos: Chaos) -> str:
    heads = ["Recovery", *map(plain, CLASSES), "Worst"]
    rows = [[row.title, *row.counts, row.worst] for row in tabulate_recovery(chaos.recovery)]
    runs = ", ".join(f"{number:,} {name}" for name, number in evidence.run_counts(chaos))
    surprises = [f"- no fault explains: {plain(each)}" for each in chaos.surprises]
    parts = [f"{pluralise(sum(chaos.faults.values()), 'fault')}; runs: {runs}", _table(heads, rows)]
    return "\n\n".join(["## Chaos", *parts, *(["\n".join(surprises)] if surprises else [])])


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
    return f"{took}. Repeat with:\n\n{fence(run.command)}"


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
