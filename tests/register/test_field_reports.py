"""The table of what people report: it names requirements and tests that exist."""

import re
from pathlib import Path

import pytest

from onceproof.conformance.register import load_register

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "field_reports.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ") and "Before" not in line]
SUITE = ROOT / "conformance" / "suite"

#: Reports by number; the gaps are reports that turned out to be about something else.
NUMBERS = [*range(1, 9), *range(10, 15), *range(16, 30), 33, 34, *range(36, 44)]


def test_every_report_has_a_row() -> None:
    numbers = [row.split("|")[1].strip() for row in ROWS]
    assert [n for n in numbers if n.isdigit()] == [str(n) for n in NUMBERS]
    assert [n for n in numbers if re.fullmatch(r"P\d", n)] == [f"P{n}" for n in range(1, 10)]


def test_the_requirements_exist() -> None:
    named = set(re.findall(r"\b[A-Z]{3}-(?:\d\d|X\d)\b", TABLE))
    assert named - set(load_register()) == set()


def test_every_requirement_with_this_source_is_in_the_table() -> None:
    reported = [one.id for one in load_register().values() if "F" in one.sources]
    missing = [each for each in reported if each not in TABLE]
    assert not missing, f"docs/field_reports.md lacks {', '.join(missing)}: give each a row there"


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_/]+/test_\w+\.py)`", TABLE))))
def test_the_tests_exist(name: str) -> None:
    assert ((ROOT if name.startswith("tests/") else SUITE) / name).exists()
