"""A certification that ends with the first test that fails, run in a fork of a warm process.

The fork stands in the folder of an overlay: a package `onceproof` whose reference server is a copy
with one place changed, and whose other parts are the checkout's. What it starts imports that.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from onceproof.conformance.errors import TargetError
from onceproof.conformance.options import Options
from onceproof.conformance.runner.certification import Certification, Plan
from onceproof.conformance.runner.load import LoadPlan
from onceproof.conformance.session import Session
from tests.machine import records
from tests.machine.mutant import ROOT, Mutant
from tests.machine.records import Outcome

#: The path of a test's file within the suite, such as `queue/test_crash.py`.
Seconds = Mapping[str, float]


@dataclass(frozen=True)
class Stage:
    """Which tests of the suite are run on how many processes, and how long they may take in all."""

    name: str
    chapters: tuple[str, ...]
    #: Tests that take longer, or not longer, than these are left out.
    longest_s: float
    shortest_s: float
    replicas: int
    limit_s: float

    def takes(self, nodeid: str, seconds: Seconds) -> bool:
        """Return whether a test belongs to the stage."""
        length_s = seconds.get(nodeid, 0.0)
        return (
            nodeid.partition("/")[0] in self.chapters
            and self.shortest_s <= length_s < self.longest_s
        )


class FoundOut(Exception):
    """A test has failed: nothing else is asked."""


class Listener:
    """Takes the place of the progress on a terminal, and is a plugin of pytest."""

    def __init__(self, stage: Stage, seconds: Seconds):
        self._stage = stage
        self._seconds = seconds
        self.failed = ""
        self.took: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Choose the tests of the stage, the fastest first."""
        chosen = [item for item in items if self._stage.takes(item.nodeid, self._seconds)]
        items[:] = sorted(chosen, key=lambda item: self._seconds.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up what each test takes."""
        self.took[report.nodeid] = self.took.get(report.nodeid, 0.0) + report.duration

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        """Stop after a test that failed."""
        done = yield
        if self.failed:
            item.session.shouldstop = self.failed
        return done

    def test(self, nodeid: str, outcome: str, message: str | None) -> None:
        """Remember the first failure; an error of the harness accuses nobody."""
        if outcome == "failed" and not self.failed:
            self.failed = f"{nodeid}: {message or ''}"

    def phase(self, text: str) -> None:
        """Leave out the verdicts once a test has failed."""
        if self.failed and text.startswith("checking"):
            raise FoundOut

    def expect(self, nodeids: Sequence[str]) -> None:
        """Say nothing."""

    note = measure = phase

    def chapters(self) -> None:
        """Say nothing."""


class Trial(Certification):
    """A certification whose tests a listener chooses."""

    def __init__(self, plan: Plan, listener: Listener):
        super().__init__(plan, listener)  # type: ignore[arg-type]
        self._listener = listener

    def _plugins(self, session: Session) -> list[object]:
        return [*super()._plugins(session), self._listener]


def certify(stage: Stage, seconds: Seconds, folder: Path) -> tuple[Outcome, Listener]:
    """Certify the server of this folder by the tests of a stage, and by the checks after them."""
    listener = Listener(stage, seconds)
    size = stage.replicas
    options = Options(run_dir=folder / "run", api_replicas=size, worker_replicas=size)
    try:
        results, _ = Trial(Plan(options, load=LoadPlan(seconds=0)), listener).certify()
    except FoundOut:
        return Outcome(records.KILLED, f"{stage.name} {listener.failed}"), listener
    except TargetError as error:
        return Outcome(records.START, str(error)), listener
    blamed = [each for each in results.requirements if each.verdict in ("FAIL", "WARN")]
    if blamed:
        by = f"{stage.name} {blamed[0].id}: {blamed[0].reason}"
        return Outcome(records.KILLED, by), listener
    if results.outcome not in ("certified", "partial", "inconclusive"):
        return Outcome(records.BROKEN, f"the certification is {results.outcome}"), listener
    return Outcome(records.SURVIVED), listener


def lay_over(mutant: Mutant | None, folder: Path) -> None:
    """Make the overlay of a mutant in a folder, and stand in it."""
    package = folder / "onceproof"
    package.mkdir(parents=True)
    for each in (ROOT / "onceproof").iterdir():
        if each.name == "reference_impl":
            # With the compiled files and their times: only what is changed is compiled again.
            shutil.copytree(each.resolve(), package / each.name)
        elif each.is_symlink():
            (package / each.name).symlink_to(each.resolve())
        elif each.is_file():
            shutil.copy2(each, package / each.name)
    if mutant is not None:
        (package / mutant.path).write_text(mutant.text, encoding="utf-8")
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
