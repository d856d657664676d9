"""Each requirement is tested or openly untested, and the command line counts them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from onceproof.conformance.cli import cli
from onceproof.conformance.register import coverage, get_requirement, load_register, select

#: A pytest plugin that prints the ids of all that was collected, and runs nothing.
COLLECT = """
import sys, pytest
from onceproof.conformance.runner.plugin import ids_of
class Ids:
    def pytest_collection_finish(self, session):
        print("ids", *sorted({one for item in session.items for one in ids_of(item)}))
chosen = ["-c", sys.argv[1] + "/pytest.ini", sys.argv[1]]
status = pytest.main(["--collect-only", "-p", "no:terminal", *chosen], [Ids()])
sys.exit(int(status))
"""


def run_requirements(*arguments: str) -> list[list[str]]:
    result = CliRunner().invoke(cli, ["requirements", *arguments], catch_exceptions=False)
    return [line.split("\t") for line in result.output.splitlines()]


def test_the_marks_read_from_the_source_are_those_that_pytest_collects() -> None:
    command = [sys.executable, "-c", COLLECT, str(coverage.SUITE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ids ")]
    assert set(line.split()[1:]) == coverage.find_marked_ids()


def test_what_nothing_proves_says_why_and_nothing_else_does() -> None:
    unproven = {one.id for one in coverage.find_unproven(load_register().values())}
    assert unproven == {one.id for one in load_register().values() if one.untested}


def test_a_requirement_is_proven_by_a_mark_or_by_a_check(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "@requirement('RUN-01', 'RUN-02')\ndef test_it(): other('RUN-03')\n"
    )
    assert coverage.find_marked_ids(tmp_path) == {"RUN-01", "RUN-02"}
    nothing = replace(get_requirement("EXT-01"), checks=())
    assert coverage.find_unproven([nothing]) == [nothing]
    assert coverage.find_unproven([replace(nothing, checks=("lost",))]) == []


@pytest.mark.parametrize("prefixes", [(), ("QUE",), ("QUE", "EXT-1")])
def test_the_counts_add_up(prefixes: Sequence[str]) -> None:
    chosen = select(prefixes)
    listed, (heads, *rows) = (
        run_requirements(*prefixes)[: len(chosen)],
        table(run_requirements(*prefixes)),
    )
    assert [row[0] for row in listed] == list(chosen)
    assert heads[-3:] == ["stated", "tested", "untested"]
    *chapters, (name, *_, stated, tested, untested) = rows
    assert (name, int(stated)) == ("all", len(chosen))
    assert int(stated) == int(tested) + int(untested)
    for column, total in ((-3, stated), (-2, tested), (-1, untested)):
        assert sum(int(row[column]) for row in chapters) == int(total)


def test_the_counts_stand_by_level_too() -> None:
    heads, row, _ = table(run_requirements("EXT"))
    assert heads[:4] == ["chapter", "MUST tested", "SHOULD tested", "MAY tested"]
    assert row == ["EXT", "-", "0 of 14", "-", "14", "0", "14"]


def test_the_reason_stands_beside_each_untested_id() -> None:
    lines = [line[0] for line in run_requirements("EXT-01")] + [
        line[0] for line in run_requirements("QUE")
    ]
    assert any(line.startswith("QUE-25  SHOULD  the clock of a single process") for line in lines)
    assert not any(line.startswith("QUE-21  MUST  ") for line in lines)


def test_one_requirement_is_explained_without_counts() -> None:
    assert not any("stated" in part for line in run_requirements("QUE-21") for part in line)


def table(lines: list[list[str]]) -> list[list[str]]:
    start = next(n for n, line in enumerate(lines) if line[0] == "chapter")
    end = next(n for n, line in enumerate(lines) if line[0] == "all")
    return lines[start : end + 1]
