"""The end of a certification on a terminal or in a CI log: what failed, why, and what to read.

Readable without colour. Lines are wrapped on a terminal only, so that logs can be searched.
"""

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.causes import group_causes, index_first
from onceproof.reports.gaps import group_gaps
from onceproof.reports.outcome import ORDER
from onceproof.reports.reasons import find_spoilt
from onceproof.reports.results import Check, Requirement, Results
from onceproof.reports.text import duration, join_names, one_line, pluralise, shorten, visible

SHOWN = 40
_MESSAGE_LINES = 12

_STYLES = {
    "PASS": "green",
    "ERROR": "bold magenta",
    "FAIL": "bold red",
    "WARN": "yellow",
    "INCONCLUSIVE": "blue",
    "NOT JUDGED": "cyan",
    "certified": "bold green",
    "partial": "bold yellow",
    "failed": "bold red",
    "inconclusive": "bold blue",
}


def print_summary(results: Results, files: Mapping[str, Path], console: Console) -> None:
    """Print the summary; `files` are the written reports by name, as from `write_all`."""
    out = _Printer(console)
    checks = evidence.checks_by_name(results)
    _chapters(results, out)
    _profiles(results, out)
    _causes(results, out)
    _failures(results, checks, out)
    _deviations(results, out)
    _briefly(results, checks, Verdict.WARN, out)
    _briefly(results, checks, Verdict.INCONCLUSIVE, out)
    _gaps(results, out)
    if results.load:
        out.line(f"\nload  {one_line(results.load.sentence, 400)}")
    _verdict(results, out)
    width = max(map(len, files), default=0)
    for name, path in files.items():
        out.line(f"  {name:<{width}}  {visible(str(path))}")


class _Printer:
    """Prints plain text with one style a line; nothing in it is read as markup."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = console.width if console.is_terminal else None

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        for part in text.split("\n"):
            for row in self._wrap(part, indent):
                self._print(Text(" " * indent + row, style=style))

    def verdict(self, word: str, text: str, *, style: str = "") -> None:
        """Print a line that begins with a coloured verdict."""
        self._print(Text.assemble((word, style or _STYLES.get(word, "dim")), f" {text}"))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)

    def _wrap(self, text: str, indent: int) -> Sequence[str]:
        if self._width is None or len(text) + indent <= self._width:
            return [text]
        width = max(self._width - indent, 20)
        return textwrap.wrap(text, width, replace_whitespace=False) or [""]


def _chapters(results: Results, out: _Printer) -> None:
    head = [evidence.target_name(results), visible(str(results.stack.get("kind", "no stack")))]
    head.append(duration(results.run.seconds))
    out.line("\n" + " · ".join(head), "bold")
    for reason in find_spoilt(results.requirements):
        spoilt = pluralise(len(reason.names), "requirement")
        out.line(f"  {reason.sentence} ({spoilt}: {join_names(reason.names, 12)})", "bold yellow")
    chapters = evidence.group_by_chapter(results)
    width = min(max((len(visible(name)) for name in chapters), default=0), 30)
    for name, members in chapters.items():
        counts = Counter(member.verdict for member in members)
        rest = ", ".join(
            f"{counts[v]} {v.value.replace('_', ' ').lower()}" for v in ORDER[1:] if counts[v]
        )
        passed = f"{counts[Verdict.PASS]:>3} of {len(members):>3} passed"
        out.line(f"  {one_line(name, 30):<{width}}  {passed}  {rest}".rstrip())


def _profiles(results: Results, out: _Printer) -> None:
    names = [one_line(profile.profile, 30) for profile in results.profiles]
    width = max(map(len, names), default=0)
    out.line("")
    for name, profile in zip(names, results.profiles, strict=True):
        claim = f"  ({evidence.claim(profile)})" if evidence.claim(profile) else ""
        out.line(f"  {name:<{width}}  {evidence.share(profile)}{claim}")


def _causes(results: Results, out: _Printer) -> None:
    causes = group_causes(results)
    if causes:
        out.line("\nfailures with a cause in common", "bold")
    for cause in causes[:SHOWN]:
        ids = join_names((visible(id) for id in cause.ids), 12)
        out.line(f"{pluralise(len(cause.ids), 'requirement')}: {cause.sentence}", indent=2)
        if cause.example != cause.sentence:
            out.line(cause.example, "dim", indent=5)
        out.line(f"{cause.advice}", indent=5)
        out.line(ids, indent=5)


def _failures(results: Results, checks: Mapping[str, Check], out: _Printer) -> None:
    failed, alike = evidence.list_failures(results), index_first(group_causes(results))
    for requirement in failed[:SHOWN]:
        if requirement.id in alike:
            as_first = f"{_name(requirement)}: as {visible(alike[requirement.id])}"
            out.verdict(requirement.verdict.value, as_first)
            continue
        out.line("")
        out.verdict(requirement.verdict.value, _name(requirement))
        out.line(visible(requirement.text), "dim", indent=5)
        for line in _why(requirement, checks):
            out.line(line, indent=5)
    if len(failed) > SHOWN:
        ids = join_names((visible(r.id) for r in failed[SHOWN:]), 200)
        out.line(f"\n{pluralise(len(failed) - SHOWN, 'more failure')}: {ids}")


def _deviations(results: Results, out: _Printer) -> None:
    excused = [(r, r.deviation) for r in results.requirements if r.deviation]
    if excused:
        out.line("")
    for requirement, deviation in excused:
        excuse = f"{_name(requirement)}: {evidence.describe_deviation(deviation)}"
        out.verdict(requirement.verdict.value, excuse)


def _why(requirement: Requirement, checks: Mapping[str, Check]) -> list[str]:
    lines = []
    if requirement.reason:
        lines.append(shorten(visible(requirement.reason), 1_000))
    for test in evidence.unsettled_tests(requirement)[:1]:
        lines.append(f"{visible(test.nodeid)} {test.outcome}")
        lines += _excerpt(visible(test.message or ""))
    for check in evidence.unsettled_checks(requirement, checks):
        lines += _first_finding(check)
    return lines


def _excerpt(message: str) -> list[str]:
    lines = [shorten(line, 400) for line in message.strip("\n").split("\n")]
    rest = len(lines) - _MESSAGE_LINES
    return [*lines[:_MESSAGE_LINES], *([f"… {pluralise(rest, 'more line')}"] if rest > 0 else [])]


def _first_finding(check: Check) -> list[str]:
    head = f"check {check.check} {check.verdict.value}"
    if check.reason:
        head += f": {one_line(check.reason)}"
    number = evidence.count_findings(check)
    if number == 0:
        return [head]
    first = (
        [shorten(line, 400) for line in evidence.finding_lines(check.findings[0])]
        if (check.findings)
        else []
    )
    rest = [f"and {pluralise(number - 1, 'more finding')}"] if number > 1 else []
    return [head, *first, *rest]


def _briefly(
    results: Results, checks: Mapping[str, Check], verdict: Verdict, out: _Printer
) -> None:
    members = [r for r in results.requirements if r.verdict is verdict and not r.deviation]
    if members:
        out.line("")
    for requirement in members[:SHOWN]:
        why = shorten(evidence.headline(requirement, checks), 200)
        out.verdict(verdict.value, f"{_name(requirement)}: {why}")
    if len(members) > SHOWN:
        out.line(f"and {len(members) - SHOWN} more {verdict.value}")


def _gaps(results: Results, out: _Printer) -> None:
    groups = group_gaps(results)
    if groups:
        out.line("")
    for group in groups:
        number = pluralise(len(group.ids), "requirement")
        out.verdict("NOT JUDGED", f"{number}: {shorten(group.reason, 400)}")
        out.line(join_names(map(visible, group.ids), 12), "dim", indent=5)


def _verdict(results: Results, out: _Printer) -> None:
    out.line("")
    if line := evidence.describe_field(results):
        out.line(line)
    words = results.outcome + evidence.describe_shortfall(results)
    out.verdict(words, f"(exit status {results.exit_status})", style=_STYLES[results.outcome])
    for reason in results.reasons:
        names = (
            f": {join_names((visible(name) for name in reason.names), 12)}" if reason.names else ""
        )
        out.line(f"{reason.sentence}{names}", indent=2)


def _name(requirement: Requirement) -> str:
    return one_line(f"{requirement.id} {requirement.title}")
