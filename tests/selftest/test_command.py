"""`onceproof selftest` as its user calls it."""

import subprocess
import sys
from pathlib import Path

from onceproof.conformance.errors import CERTIFIED, USAGE

ONCEPROOF = (sys.executable, "-m", "onceproof.conformance", "selftest")
#: One for each way to put a mutant in place: a query, a method, a function of the database.
FEW = ("list_runs_of_any_status", "heed_one_field", "rest_between_runs")


def selftest(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ONCEPROOF, *options], capture_output=True, text=True, timeout=280, check=False
    )


def test_the_list_names_each_mutant_with_its_sentence_and_the_requirements_meant() -> None:
    done = selftest("--list", "--only", "search")
    assert done.returncode == CERTIFIED
    assert (
        "search       leave_ties_to_chance: Items that are equal in what a list is sorted by come "
        "in another order on each page. (SYS-26)"
    ) in done.stdout.splitlines()


def test_an_unknown_name_is_refused() -> None:
    done = selftest("--only", "nobody")
    assert done.returncode == USAGE
    assert "--only 'nobody' is neither a mutant nor one of their families" in done.stderr


def test_mutants_are_caught_by_the_requirements_meant_for_them() -> None:
    done = selftest(*(word for name in FEW for word in ("--only", name)))
    assert done.returncode == CERTIFIED, done.stdout + done.stderr
    assert "3 of 3 mutants are caught by the requirements meant for them" in done.stdout


def test_the_pages_can_be_written_again_from_a_record_without_a_trial(tmp_path: Path) -> None:
    record, table, untried = (tmp_path / name for name in ("record.json", "table.md", "untried.md"))
    record.write_text('{"trials": {}, "elsewhere": {}, "tests": ["runs/test_a.py::test_b"]}')
    files = ("--record", str(record), "--table", str(table), "--untried", str(untried))
    assert selftest("--list", *files).returncode == CERTIFIED
    assert table.read_text().startswith("# Kill matrix")
    assert untried.read_text().endswith("`runs/test_a.py`\n\n- test_b\n")
