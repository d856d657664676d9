"""Tests come in any order: what a package shares is made again when its tests come back."""

import subprocess
import sys
from pathlib import Path

from onceproof.conformance import suite

SUITE = Path(suite.__file__).parent
OWN, ELSEWHERE = "auth/test_store.py::test_an_item_is_its_owner_s", "system/test_health.py"
AGAIN = "auth/test_store.py::test_nobody_else_sees_it"


def test_a_package_may_be_left_and_come_back_to(tmp_path: Path) -> None:
    ids = [str(SUITE / each) for each in (OWN, ELSEWHERE, AGAIN)]
    pytest = [sys.executable, "-m", "pytest", "-c", f"{SUITE}/pytest.ini", "-v", "--only", "AUT"]
    done = subprocess.run(
        [*pytest, "--only", "SYS-01", "--run-dir", str(tmp_path / "run"), *ids],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    passed = [line for line in done.stdout.splitlines() if " PASSED" in line]
    assert done.returncode == 0, done.stdout
    order = ["system" in line for line in passed]
    assert order[0] is order[-1] is False, passed
    assert any(order), passed
