"""Servers that answer wrongly throughout are blamed, and what judges them goes on.

A mutant (`onceproof selftest`) has one defect and answers well formed otherwise; the servers of
`answers.py` break what most of the suite looks at.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.errors import FAILED
from tests.wrong_answers.answers import KINDS

HERE = Path(__file__).parent
CERTIFY = (sys.executable, "-m", "onceproof.conformance", "certify")
#: Demanded of every server that answers wrongly: it is well, if nothing else.
HEALTH = "SYS-01"
SMALL = ("--lanes=1", "--api-replicas=1", "--worker-replicas=1", "--load-seconds=0")
#: What is demanded of each kind of wrong answers that it cannot give.
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


def test_each_kind_of_wrong_answers_is_tried() -> None:
    assert set(BITES) == set(KINDS)


@pytest.mark.parametrize("kind", BITES)
def test_certify_blames_the_server_whatever_it_answers(kind: str, tmp_path: Path) -> None:
    """Half characters, lists in the place of a status, streams with holes: no harness breaks."""
    server = f"{{python}} {HERE}/answers.py {kind} --role {{role}} --port {{port}}"
    folder, bitten = tmp_path / "run", BITES[kind]
    chosen = ("--only", bitten, "--only", HEALTH)
    ended = subprocess.run(
        [*CERTIFY, "--command", server, *SMALL, *chosen, "--run-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    output = ended.stdout + ended.stderr
    assert ended.returncode == FAILED, output
    assert "Traceback" not in output
    results = json.loads((folder / "results.json").read_text())
    verdicts = {entry["id"]: entry["verdict"] for entry in results["requirements"]}
    assert verdicts[HEALTH] == "PASS", output
    assert verdicts[bitten] in ("FAIL", "WARN")
    assert "ERROR" not in verdicts.values(), output
