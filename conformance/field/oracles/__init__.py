"""Fifteen questions that any graph can be asked, as pure functions over a field run's records.

A module is an oracle by being there. Its docstring defines the anomaly, says what it assumes and
what it is blind to; `NUMBER` is its place in the design, `TITLE` and `TEXT` what it demands,
`LEVEL` and `SCOPE` how much that weighs, and `judge` the function. Of scope core are those whose
situation every graph brings about; the others depend on what a graph does, and what it does not do
is not judged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, Protocol, cast

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record


class Judge(Protocol):
    """What every module of an oracle has as `judge`."""

    def __call__(self, view: FieldView) -> CheckResult:
        """Return what the oracle says of a field run."""


@dataclass(frozen=True)
class Oracle:
    """One oracle as it is reported; `name` is that of its module."""

    name: str
    number: int
    title: str
    text: str
    level: Literal["MUST", "SHOULD"]
    scope: Literal["core", "ext"]
    judge: Judge
    series: str = "FIELD"

    @property
    def id(self) -> str:
        """Return its id in reports, such as FIELD-02."""
        return f"{self.series}-{self.number:02}"


def load_oracles(package: str, folder: Iterable[str], series: str) -> dict[str, Oracle]:
    """Load the oracles of a package by their names, in the order of their numbers."""
    names = [each.name for each in iter_modules(folder) if not each.name.startswith("_")]
    found = [_load(package, name, series) for name in names]
    return {oracle.name: oracle for oracle in sorted(found, key=lambda o: o.number)}


def _load(package: str, name: str, series: str) -> Oracle:
    module = import_module(f"{package}.{name}")
    judge = cast(Judge, module.judge)
    level, scope = module.LEVEL, module.SCOPE
    return Oracle(name, module.NUMBER, module.TITLE, module.TEXT, level, scope, judge, series)


ORACLES = load_oracles(__name__, __path__, "FIELD")


def judge_records(records: Sequence[Record]) -> list[CheckResult]:
    """Let every oracle judge the records of a field run, in the order of their numbers."""
    view = FieldView(records)
    return [oracle.judge(view) for oracle in ORACLES.values()]
