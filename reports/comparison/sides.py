"""One side of a comparison: the documents of one run, or of several repeats of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.errors import UsageError
from onceproof.conformance.verdict import merge
from onceproof.reports import evidence
from onceproof.reports.document import load
from onceproof.reports.load import Load
from onceproof.reports.results import Check, Requirement, Results
from onceproof.reports.text import pluralise

_RESULTS = "results.json"


@dataclass(frozen=True)
class Side:
    """Repeats of one run; a requirement counts with its worst verdict in any of them."""

    repeats: Sequence[Results]

    @property
    def name(self) -> str:
        """The target and the day, and how many repeats there are."""
        first = self.repeats[0]
        count = f", {pluralise(len(self.repeats), 'repeat')}" if len(self.repeats) > 1 else ""
        return f"{evidence.target_name(first)}, {first.run.finished[:10]}{count}"

    @property
    def loads(self) -> list[Load]:
        """What was carried, in the repeats that had a load."""
        return [each.load for each in self.repeats if each.load]

    @property
    def codes(self) -> set[str | None]:
        """The digests of the programs that judged, None for one that does not know its own."""
        return {each.harness.code or None for each in self.repeats}

    def index(self) -> dict[str, tuple[Requirement, dict[str, Check]]]:
        """Return each requirement by id as its worst repeat saw it, with the checks of that one."""
        found: dict[str, tuple[Requirement, dict[str, Check]]] = {}
        for results in self.repeats:
            checks = evidence.checks_by_name(results)
            for each in results.requirements:
                known = found.get(each.id)
                if known is None or _is_worse(each, known[0]):
                    found[each.id] = each, checks
        return found


def load_side(path: Path) -> Side:
    """Read a run's folder, its results.json, or a folder of several runs' folders.

    UsageError if there is none, ResultsError if one cannot be used.
    """
    if path.is_file():
        return Side([load(path)])
    if (path / _RESULTS).exists():
        return Side([load(path / _RESULTS)])
    repeats = sorted(path.glob(f"*/{_RESULTS}"))
    if not repeats:
        raise UsageError(
            f"'{path}' holds no {_RESULTS}: name the folder of a run, its {_RESULTS}, or a folder "
            "with the folders of several repeats"
        )
    return Side([load(each) for each in repeats])


def _is_worse(one: Requirement, other: Requirement) -> bool:
    return one.verdict != other.verdict and merge([one.verdict, other.verdict]) == one.verdict
