"""The suite bites: each broken server fails on the requirement that is meant for its defect.

A mutant has one defect and answers well formed otherwise. The servers of `campaign/answers.py`
answer wrongly throughout; blame is theirs, and what judges them goes on.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from onceproof.conformance.errors import FAILED, PARTIAL
from onceproof.conformance.register import load_register
from tests.mutants.campaign.answers import KINDS

HERE = Path(__file__).parent
MUTANTS = sorted(
    path.stem for path in HERE.glob("*.py") if path.stem not in ("__init__", "run", "test_mutants")
)
CERTIFY = (sys.executable, "-m", "onceproof.conformance", "certify")
REGISTER = load_register()
#: Demanded of every mutant beside its defect, so that a server that does nothing is no catch.
SOUND = "RUN-14"
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


def caught_by(name: str) -> tuple[str, ...]:
    return importlib.import_module(f"tests.mutants.{name}").CAUGHT_BY


@dataclass(frozen=True)
class Ended:
    """What one certification came to."""

    status: int
    output: str
    verdicts: dict[str, str]


def certify(server: str, only: Sequence[str], folder: Path, *options: str) -> Ended:
    """Certify the server that `server` starts from this folder, by these requirements."""
    command = f"{{python}} {HERE}/{server} --role {{role}} --port {{port}}"
    chosen = [word for one in only for word in ("--only", one)]
    done = subprocess.run(
        [*CERTIFY, "--command", command, *options, *chosen, "--run-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    results = json.loads((folder / "results.json").read_text())
    verdicts = {entry["id"]: entry["verdict"] for entry in results["requirements"]}
    return Ended(done.returncode, done.stdout + done.stderr, verdicts)


@pytest.mark.parametrize("name", MUTANTS)
def test_certify_fails_on_the_requirement_meant_for_the_defect(name: str, tmp_path: Path) -> None:
    expected = caught_by(name)
    ended = certify(f"run.py {name}", (*expected, SOUND), tmp_path / "run")
    meant = {one: "FAIL" if REGISTER[one].level == "MUST" else "WARN" for one in expected}
    assert {one: ended.verdicts[one] for one in expected} == meant, ended.output
    assert ended.verdicts[SOUND] == "PASS", ended.output
    assert ended.status == (FAILED if "FAIL" in meant.values() else PARTIAL), ended.output


def test_each_kind_of_wrong_answers_is_tried() -> None:
    assert set(BITES) == set(KINDS)


@pytest.mark.parametrize("kind", BITES)
def test_certify_blames_the_server_whatever_it_answers(kind: str, tmp_path: Path) -> None:
    """Half characters, lists in the place of a status, streams with holes: no harness breaks."""
    bitten = BITES[kind]
    ended = certify(f"campaign/answers.py {kind}", (bitten, HEALTH), tmp_path / "run", *SMALL)
    assert ended.status == FAILED, ended.output
    assert "Traceback" not in ended.output
    assert ended.verdicts[HEALTH] == "PASS", ended.output
    assert ended.verdicts[bitten] in ("FAIL", "WARN")
    assert "ERROR" not in ended.verdicts.values(), ended.output
