"""Each row of docs/exit-status.md is brought about, and ends as the page says.

Those that run a server are in `test_statuses_of_runs`, since they take longer.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance import errors
from tests.commands.status_rows import ROWS, RUNS
from tests.commands.statuses import ROOT, Ground, Row, open_ground

QUICK = [row for row in ROWS if row not in RUNS]
PAGE = ROOT / "docs" / "exit-status.md"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with open_ground(tmp_path) as ground:
        yield ground


@pytest.mark.parametrize("row", QUICK, ids=lambda row: f"{row.command}: {row.situation}")
def test_a_command_ends_as_the_page_says(row: Row, ground: Ground) -> None:
    assert row.bring_about(ground) == row.status


def test_the_page_has_these_rows() -> None:
    page = PAGE.read_text(encoding="utf-8")
    missing = [str(row) for row in ROWS if f"{row}\n" not in page]
    assert missing == [], "copy these lines into docs/exit-status.md"
    assert len(re.findall(r"^\| `[^|]*` \| .* \| \d+ \|$", page, re.MULTILINE)) == len(ROWS)


def test_no_two_meanings_have_one_status() -> None:
    named = {name: value for name, value in vars(errors).items() if isinstance(value, int)}
    assert len(set(named.values())) == len(named)
    page = PAGE.read_text(encoding="utf-8")
    meanings = re.findall(r"^\| (\d+) \| (.+?) \|", page, re.MULTILINE)
    assert sorted(int(status) for status, _ in meanings) == sorted(named.values())


def test_nobody_ends_with_a_status_that_has_no_name() -> None:
    plain = re.compile(r"sys\.exit\([1-9]|SystemExit\([1-9]|exit_status = \d")
    found = [
        path
        for folder in ("conformance", "reports", "load")
        for path in (ROOT / folder).rglob("*.py")
        if "probes" not in path.parts and plain.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
