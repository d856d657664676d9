"""A budget of requests a second, shared by all processes of a run."""

import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.guest.budget import SAVED_S, Budget

RESERVE = """
import sys
from pathlib import Path
from onceproof.conformance.guest.budget import Budget
print(*[Budget(10.0, Path(sys.argv[1])).reserve() for _ in range(100)])
"""


def test_all_processes_share_the_budget(tmp_path: Path) -> None:
    """Nobody waits here, so that the moments come to lie one behind the other."""
    command = [sys.executable, "-c", RESERVE, str(tmp_path / "rate")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate(timeout=30)[0] for process in running]
    waits = [float(word) for output in outputs for word in output.split()]
    assert len(waits) == 200
    last = Budget(10.0, tmp_path / "rate").reserve()
    assert 10 < last < 200 / 10


def test_a_short_while_is_saved_up_and_no_more(tmp_path: Path) -> None:
    budget = Budget(1000.0, tmp_path / "rate")
    free = 0
    while budget.reserve() == 0.0:
        free += 1
    assert free >= SAVED_S * 1000


def test_no_budget_is_no_rate(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--max-rate 0 lets no request through"):
        Budget(0.0, tmp_path / "rate")
