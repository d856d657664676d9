"""How far the register is proven: each requirement tested, or openly untested.

A requirement is tested when a test of the suite is marked with its id or a check speaks for it.
The marks are read from the suite's source, where ids are written out: importing it would take a
hundred times as long. A test keeps this equal to what pytest collects.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from onceproof.conformance.register.model import CHAPTER_TITLES, LEVELS, Requirement

SUITE = Path(__file__).resolve().parents[1] / "suite"

#: Said of a requirement whose entry gives no reason.
NO_TEST = "no test yet"


@dataclass(frozen=True)
class Count:
    """How many requirements of one kind there are, and how many of them are tested."""

    stated: int
    tested: int

    @property
    def missing(self) -> int:
        return self.stated - self.tested


@cache
def find_marked_ids(suite: Path = SUITE) -> frozenset[str]:
    """Find the ids that tests below `suite` are marked with."""
    return frozenset(id for path in suite.rglob("*.py") for id in _marks(path))


def find_unproven(requirements: Iterable[Requirement]) -> list[Requirement]:
    """Find the requirements that nothing proves."""
    return [one for one in requirements if not one.checks and one.id not in find_marked_ids()]


def counts(requirements: Iterable[Requirement]) -> dict[str, dict[str, Count]]:
    """Count by chapter, then by level, both in their usual order; leave out empty chapters."""
    members = list(requirements)
    chapters = {
        chapter: [one for one in members if one.chapter == chapter] for chapter in CHAPTER_TITLES
    }
    return {
        chapter: {level: count(one for one in group if one.level == level) for level in LEVELS}
        for chapter, group in chapters.items()
        if group
    }


def count(requirements: Iterable[Requirement]) -> Count:
    """Count all of them together."""
    members = list(requirements)
    return Count(len(members), len(members) - len(find_unproven(members)))


def _marks(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "requirement"
        ):
            said = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            yield from (id for id in said if isinstance(id, str))
