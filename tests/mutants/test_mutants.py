"""The suite bites: each broken server fails on the requirement that is meant for its defect."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.errors import FAILED, PARTIAL
from conformance.register import load

HERE = Path(__file__).parent
MUTANTS = sorted(
    path.stem for path in HERE.glob("*.py") if path.stem not in ("run", "test_mutants")
)
CERTIFY = (sys.executable, "-m", "conformance", "certify")
REGISTER = load()
#: Demanded of every mutant beside its defect, so that a server that does nothing is no catch.
SOUND = "RUN-14"


def caught_by(name: str) -> tuple[str, ...]:
    sys.path.insert(0, str(HERE))
    try:
        return importlib.import_module(name).CAUGHT_BY
    finally:
        sys.path.remove(str(HERE))


@pytest.mark.parametrize("name", MUTANTS)
def test_certify_fails_on_the_requirement_meant_for_the_defect(name: str, tmp_path: Path) -> None:
    expected = caught_by(name)
    command = f"{{python}} {HERE / 'run.py'} {name} --role {{role}} --port {{port}}"
    only = [word for one in (*expected, SOUND) for word in ("--only", one)]
    done = subprocess.run(
        [*CERTIFY, "--command", command, *only, "--run-dir", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    verdicts = {entry["id"]: entry["verdict"] for entry in results["requirements"]}
    meant = {one: "FAIL" if REGISTER[one].level == "MUST" else "WARN" for one in expected}
    assert {one: verdicts[one] for one in expected} == meant, done.stdout
    assert verdicts[SOUND] == "PASS", done.stdout
    ended = FAILED if "FAIL" in meant.values() else PARTIAL
    assert done.returncode == ended, done.stdout + done.stderr
