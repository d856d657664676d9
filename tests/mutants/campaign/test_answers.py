"""Servers that answer wrongly throughout: each is told so, and none breaks what judges it.

A single defect, as the mutants have one, leaves the answers well formed. Here hardly one is, so the
client, the recorder and the checks are given what nobody wrote down: half characters, lists in the
place of a status, streams with holes. Blame belongs to the server, in every case.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from answers import KINDS

from conformance.errors import FAILED

HERE = Path(__file__).parent
CERTIFY = (sys.executable, "-m", "conformance", "certify")
SMALL = ("--lanes=1", "--api-replicas=1", "--worker-replicas=1", "--load-seconds=0")
HEALTH = "SYS-01"
#: What is demanded of each kind that it cannot give.
BITES = {
    "empty_lists": "AST-16",
    "blank_fields": "RUN-02",
    "odd_fields": "RUN-02",
    "no_errors": "AST-23",
    "bare_headers": "RUN-03",
    "no_results": "STA-02",
    "deaf": "STR-03",
    "forgetful": "THR-04",
    "torn": "STR-24",
}


def test_each_kind_is_tried() -> None:
    assert set(BITES) == set(KINDS)


@pytest.mark.parametrize("kind", BITES)
def test_certify_blames_the_server_whatever_it_answers(kind: str, tmp_path: Path) -> None:
    server = f"{{python}} {HERE / 'answers.py'} {kind} --role {{role}} --port {{port}}"
    only = [word for one in (BITES[kind], HEALTH) for word in ("--only", one)]
    done = subprocess.run(
        [*CERTIFY, "--command", server, *SMALL, *only, "--run-dir", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == FAILED, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    verdicts = {entry["id"]: entry["verdict"] for entry in results["requirements"]}
    assert verdicts[HEALTH] == "PASS", done.stdout
    assert verdicts[BITES[kind]] in ("FAIL", "WARN")
    assert "ERROR" not in verdicts.values(), done.stdout
