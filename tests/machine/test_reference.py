"""The suite is run on the copy with the mutant in it, and stops at the first test that fails."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.machine import reference
from tests.machine.mutant import ROOT, make_mutant
from tests.machine.trial_of_suite import FoundOut, Listener, Stage, lay_over
from tests.machine.trials import fork

QUEUE = "reference_impl/core/place.py"
STAGE = Stage("quick", ("queue", "runs"), longest_s=1.0, shortest_s=-1.0, replicas=1, limit_s=1)
SECONDS = {"queue/test_a.py::test_slow": 2.0, "queue/test_a.py::test_b": 0.5}


@dataclass
class Item:
    nodeid: str
    session: SimpleNamespace = field(default_factory=SimpleNamespace)


def test_what_is_started_imports_the_copy_with_the_mutant(tmp_path: Path) -> None:
    text = (ROOT / QUEUE).read_text(encoding="utf-8")
    mutant = make_mutant(QUEUE, "number", 0, (text, f"{text}\nMUTATED = True\n"))
    code = f"from onceproof.{QUEUE.removesuffix('.py').replace('/', '.')} import MUTATED"

    def work() -> int:
        lay_over(mutant, tmp_path / "overlay")
        return subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode

    assert fork(work, 60) == 0
    assert "MUTATED" not in (ROOT / QUEUE).read_text(encoding="utf-8")
    assert Path.cwd() != tmp_path / "overlay"
    assert str(tmp_path) not in os.environ.get("PYTHONPATH", "")


def test_the_fastest_tests_of_the_chapters_come_first() -> None:
    names = ("test_slow", "test_b", "test_new")
    items = [Item(f"queue/test_a.py::{name}") for name in names] + [Item("store/test_a.py::test_c")]
    Listener(STAGE, SECONDS).pytest_collection_modifyitems(items)  # type: ignore[arg-type]
    assert [each.nodeid for each in items] == [
        "queue/test_a.py::test_new",
        "queue/test_a.py::test_b",
    ]


def test_the_first_failure_ends_the_trial_and_an_error_of_the_harness_does_not() -> None:
    listener = Listener(STAGE, SECONDS)
    listener.test("a", "error", "the harness slipped")
    listener.phase("checking the history")
    listener.test("b", "failed", "no such run")
    listener.test("c", "failed", "another")
    assert listener.failed == "b: no such run"
    with pytest.raises(FoundOut):
        listener.phase("checking the history")


@pytest.mark.parametrize("path", [*reference.find_files()])
def test_every_file_has_slow_chapters_of_its_own(path: str) -> None:
    stage = reference.deep_stage(make_mutant(path, "number", 0, ("a = 1", "a = 2")))
    chapters = {each.name for each in (ROOT / "conformance/suite").iterdir()}
    assert stage.chapters
    assert set(stage.chapters) <= chapters
