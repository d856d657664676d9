"""The exit statuses that documents list are those that there are."""

import re
from pathlib import Path

import pytest

from onceproof.conformance import errors
from tests.tutorial.blocks import DOCS

PAGES = sorted([DOCS.parent / "README.md", *DOCS.glob("*.md")])
#: The reference server is a program of its own, with statuses of its own.
OF_ANOTHER_PROGRAM = "deployment.md"
STATUSES = {value for value in vars(errors).values() if isinstance(value, int)}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_lists_no_status_that_there_is_not(page: Path) -> None:
    said = set[int]()
    for table in re.findall(
        r"^\| [^\n]*Exit status.*?(?=\n\n)", page.read_text(encoding="utf-8"), re.M | re.S
    ):
        for row in table.splitlines()[2:]:
            said |= {int(each) for each in re.findall(r"\b\d+\b(?=[:/ ])", row.split("|")[1])}
    assert page.name == OF_ANOTHER_PROGRAM or said <= STATUSES
