"""Several targets side by side: rows are requirements by chapter, columns are runs.

A cell says what a run has shown of a requirement. What a run was not to judge, or did not know of
yet, is no verdict: it has a word of its own, so that nobody takes a gap for a pass.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.outcome import ORDER
from onceproof.reports.page.environment import read_asset, render_page
from onceproof.reports.results import Requirement, Results, Test
from onceproof.reports.text import pluralise, shorten

#: More columns than this are not readable side by side.
MOST = 12
_MESSAGE = 1_200
_PREFIX = 20  # characters of a verdict before a reason
#: The token of a row whose runs differ, for the filter.
DIFFERS = "DIFFERS"


@dataclass(frozen=True)
class Column:
    """A run: its document, what is known of its certificate, and where its own page is, if that
    can be reached from the matrix."""

    results: Results
    certificate: str
    report: str | None = None

    @property
    def name(self) -> str:
        """The target with its version."""
        return evidence.target_name(self.results)

    @property
    def selection(self) -> str:
        """How much of the register was not run; empty if all of it was."""
        total = len(self.results.requirements)
        disabled = self.results.counts.get(Verdict.DISABLED, 0)
        if not self.results.run.only and not disabled:
            return ""
        return f"partial run: {disabled} of {pluralise(total, 'requirement')} were not run"

    def hide_folder(self, text: str) -> str:
        """Return the text with RUN_DIR in place of the path of the run's folder, which is nobody
        else's business."""
        folder = self.results.run.folder
        return text.replace(folder, "RUN_DIR") if len(folder) > 1 else text

    @property
    def mode(self) -> str:
        """What kind of a run it was, for a reader of the table."""
        if self.results.field:
            return f"field mode, graph {self.results.field.assistant}"
        return "suite with probes"


@dataclass(frozen=True)
class Cell:
    """What one run says of one requirement; `verdict` is empty where it says nothing."""

    column: Column
    place: int
    verdict: str
    word: str
    is_excused: bool
    headline: str
    tests: Sequence[Test]
    checks: str

    @property
    def messages(self) -> dict[str, list[str]]:
        """What the tests against it said, and which said so; what the headline says is left out."""
        said: dict[str, list[str]] = {}
        for test in self.tests:
            text = self.column.hide_folder(test.message or "")
            repeats = self.headline in text and len(text) < len(self.headline) + _PREFIX
            if test.outcome != "passed" and text and not repeats:
                said.setdefault(shorten(text, _MESSAGE), []).append(test.nodeid)
        return said

    @property
    def passed(self) -> list[str]:
        """The tests that passed."""
        return [test.nodeid for test in self.tests if test.outcome == "passed"]


@dataclass(frozen=True)
class Row:
    """One requirement in the newest words, with a cell for each run."""

    requirement: Requirement
    cells: Sequence[Cell]

    @property
    def tokens(self) -> str:
        """The verdicts in it, for the filter."""
        shown = dict.fromkeys(cell.verdict for cell in self.cells if cell.verdict)
        judged = {name for name in shown if name not in (Verdict.DISABLED, Verdict.UNTESTED)}
        return " ".join([*shown, *([DIFFERS] if len(judged) > 1 else [])])


def render_matrix(columns: Sequence[Column]) -> str:
    """Return the table of these runs as one HTML page."""
    rows = _rows(columns)
    counts = Counter(token for row in rows for token in row.tokens.split())
    style = read_asset("report.css") + read_asset("matrix.css").replace("COUNT", str(len(columns)))
    return render_page(
        "matrix.html.j2",
        style,
        read_asset("filter.js"),
        columns=columns,
        rows=rows,
        chapters=_group(rows),
        levels=sorted({row.requirement.level for row in rows}),
        verdicts=[each.value for each in ORDER if counts[each.value]],
        counts=counts,
        differs=DIFFERS,
    )


def _rows(columns: Sequence[Column]) -> list[Row]:
    """Every requirement that some run knows, those of the richest document first."""
    richest_first = sorted(columns, key=lambda each: -len(each.results.requirements))
    known: dict[str, Requirement] = {}
    for each in chain.from_iterable(column.results.requirements for column in richest_first):
        known.setdefault(each.id, each)
    found = [{each.id: each for each in column.results.requirements} for column in columns]
    return [
        Row(
            requirement,
            [
                _cell(place, column, found[place].get(name), requirement)
                for place, column in enumerate(columns)
            ],
        )
        for name, requirement in known.items()
    ]


def _cell(place: int, column: Column, found: Requirement | None, asked: Requirement) -> Cell:
    if found is None:
        is_oracle = asked.profile == "field"
        said = "an oracle of field mode" if is_oracle else "its version of onceproof has no such"
        word = "" if is_oracle else "unknown"
        return Cell(column, place, "", word, False, f"{said} requirement", [], "")
    return Cell(
        column,
        place,
        found.verdict.value,
        "not run" if found.verdict is Verdict.DISABLED else _lower(found.verdict),
        found.deviation is not None,
        _say(found, column),
        found.tests,
        ", ".join(found.checks),
    )


def _say(found: Requirement, column: Column) -> str:
    if found.verdict is Verdict.PASS:
        return ""
    headline = evidence.headline(found, evidence.checks_by_name(column.results))
    return shorten(column.hide_folder(headline), _MESSAGE)


def _lower(verdict: Verdict) -> str:
    return verdict.value.replace("_", " ").lower()


def _group(rows: Sequence[Row]) -> dict[str, list[Row]]:
    chapters: dict[str, list[Row]] = {}
    for row in rows:
        chapters.setdefault(row.requirement.chapter, []).append(row)
    return chapters
