"""Mutants of the checks and of the SSE parser, each shown to the tests that reach it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.machine import records
from tests.machine.mutant import ROOT, Mutant
from tests.machine.overlay import is_within_a_function
from tests.machine.reach import QUIET, Reach, measure
from tests.machine.trials import Trials

SOURCES = ("conformance/checks/", "conformance/wire/sse.py")
TESTS = ("tests/checks", "tests/wire/test_sse.py")


def find_files() -> Iterator[str]:
    """Find the files of which mutants are made."""
    for source in SOURCES:
        path = ROOT / source
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        yield from (str(file.relative_to(ROOT)) for file in files)


def choose_mutants(mutants: Iterable[Mutant]) -> list[Mutant]:
    """Return those that change what a function does: a loaded module can be changed so."""
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in find_files()}
    return [one for one in mutants if is_within_a_function(one, texts[one.path])]


def try_mutants(mutants: Iterable[Mutant], folder: Path) -> None:
    """Try the mutants and write down what became of them."""
    reach = folder / "reach.json"
    if not reach.exists():
        measure(reach, TESTS, SOURCES)
    # A failing example is neither made smaller nor kept for the next mutant.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("machine", database=None, phases=phases)
    hypothesis.settings.load_profile("machine")
    file = folder / "checks.jsonl"
    trials = Trials(mutants, Reach.load(reach), lambda *what: records.append(file, *what))
    pytest.main([*QUIET, *TESTS], plugins=[trials])
