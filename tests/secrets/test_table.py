"""A row of the table for each way to end that takes no database; `tox -e canaries` has them all."""

import base64
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secrets.canaries import canary, find_traces
from tests.secrets.ground import Databases, serve_hostile, take_port, write_files
from tests.secrets.table import ROWS, Ground, Row, run_row
from tests.secrets.watched import Running

SHORT = {
    ("certify", "target crashes at its start"),
    ("certify", "harness fails"),
    ("doctor", "unreachable"),
    ("clean", "hostile target"),
    ("locust", "unreachable"),
}
#: The child ends with the pipe that its parent holds.
CARELESS = """
import os, subprocess
words = ["sh", "-c", "read line", os.environ["SECRET"]]
child = subprocess.Popen(words, stdin=subprocess.PIPE)
child.wait()
"""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("ground")
    with serve_hostile() as hostile, take_port() as port:
        nobody = f"127.0.0.1:{port}"
        yield Ground(hostile, nobody, Databases(*[""] * 4), write_files(folder), folder)


@pytest.mark.parametrize(
    "row", [each for each in ROWS if (each.command, each.ending) in SHORT], ids=str
)
def test_no_row_leaks(row: Row, ground: Ground, tmp_path: Path) -> None:
    assert run_row(row, ground, tmp_path) == []


def test_a_secret_on_a_command_line_of_ours_is_seen(tmp_path: Path) -> None:
    """The search bites: here a process puts one on the command line of its child."""
    (tmp_path / "careless.py").write_text(CARELESS, encoding="utf-8")
    running = Running([sys.executable, "careless.py"], {"SECRET": canary("child")}, tmp_path)
    running.wait_for_sight()
    running.ask()
    assert "command line" in running.end().find_leaks()[-1]


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_canary_within_base64_is_seen(before: str) -> None:
    text = f"{before}{canary('x')} and more".encode()
    assert list(find_traces(base64.b64encode(text)))
    assert list(find_traces(text.hex().upper().encode()))
