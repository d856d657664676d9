"""The matrix that the repository ships: one file, and honest about its parts."""

import re
from pathlib import Path

from onceproof.conformance.register import load_register

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "matrix"
PAGE = (FOLDER / "index.html").read_text(encoding="utf-8")


def test_each_column_that_is_a_part_says_so_on_the_page_and_beside_it() -> None:
    heads = re.findall(r'<th scope="row">(.*?)</th>', PAGE, flags=re.S)
    parts = {head.split("<br>")[0] for head in heads if "partial run" in head}
    beside = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [line for line in beside.splitlines() if line.startswith("| ") and "**partial**" in line]
    assert parts == {line.split("|")[1].strip() for line in rows}


def test_it_knows_no_requirement_that_there_is_not_and_names_no_machine() -> None:
    shown = set(re.findall(r'<details class="req" id="([^"]+)"', PAGE))
    assert shown
    assert shown <= set(load_register())
    assert not re.search(r"(?<![\w.])/(root|work|tmp|home)/", PAGE)


def test_it_fetches_nothing() -> None:
    assert "default-src &#39;none&#39;" in PAGE or "default-src 'none'" in PAGE
    assert not re.search(r"\bsrc=|@import|url\(", PAGE)
