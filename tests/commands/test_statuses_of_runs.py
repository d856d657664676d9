"""The rows of docs/exit-status.md that run a server; `tox -e canaries` brings them about."""

from pathlib import Path

import pytest

from tests.commands.status_rows import RUNS
from tests.commands.statuses import Row, open_ground


@pytest.mark.parametrize("row", RUNS, ids=lambda row: f"{row.command}: {row.situation}")
def test_a_run_ends_as_the_page_says(row: Row, tmp_path: Path) -> None:
    with open_ground(tmp_path) as ground:
        status = row.bring_about(ground)
    print(f"\n{row} {status}")
    assert status == row.status
