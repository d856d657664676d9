"""An application's own faults are named to its author, each in a sentence of its own."""

import json
import subprocess
import sys
from pathlib import Path

from onceproof.conformance.errors import FAILED, USAGE

APPS = Path(__file__).parent / "apps"
ONCEPROOF = (sys.executable, "-m", "onceproof.conformance", "certify", "--app")


def certify(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ONCEPROOF, *words], capture_output=True, text=True, timeout=240, check=False
    )


def test_four_faults_of_an_application_are_named(tmp_path: Path) -> None:
    """No sentence of the server's own promises is among them: the server is right."""
    inputs = ("--input", str(APPS / "inputs.jsonl"), "--seed", "3", "--max-runs", "7")
    done = certify(str(APPS), *inputs, "--run-deadline", "60", "--run-dir", str(tmp_path / "run"))
    assert done.returncode == FAILED, done.stdout + done.stderr
    results = json.loads((tmp_path / "run/results.json").read_text())
    failed = {each["id"]: each["reason"] for each in results["requirements"] if each["reason"]}
    failed = {name: reason for name, reason in failed.items() if name < "APP-05"}
    sentences = [
        "a node held the event loop for more than 2 s at ",
        "state key 'lock' cannot be stored: Type is not msgpack serializable: _thread.lock: ",
        "state key 'prices' holds a Prices (broken.py), which comes back from the database as dict",
        "a node called sys.exit(3) at ",
    ]
    assert list(failed) == ["APP-01", "APP-02", "APP-03", "APP-04"]
    for reason, sentence in zip(failed.values(), sentences, strict=True):
        assert reason.startswith(sentence)
    assert "broken.py:32 in wait" in failed["APP-01"]
    assert "broken.py:42 in finish" in failed["APP-04"]
    verdicts = {each["id"]: each["verdict"] for each in results["requirements"]}
    assert [name for name, verdict in verdicts.items() if verdict == "FAIL"] == list(failed)


def test_an_application_that_cannot_be_certified_is_refused_in_a_sentence(tmp_path: Path) -> None:
    inputs = ("--input", str(APPS / "inputs.jsonl"))
    for words, said in [
        (("nowhere", *inputs), "name the langgraph.json of your application"),
        ((str(APPS), "--assistant", "other", *inputs), "has no graph 'other': add --assistant"),
        ((str(APPS), *inputs, "--url", "http://127.0.0.1:1"), "drop --url"),
        ((str(APPS),), "add --input FILE"),
    ]:
        done = certify(*words)
        assert (done.returncode, said in done.stderr) == (USAGE, True), done.stderr


def test_a_graph_that_cannot_be_built_is_named(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text("import nothing_of_this_name\n")
    manifest = '{"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}'
    (tmp_path / "langgraph.json").write_text(manifest)
    folder = str(tmp_path / "run")
    done = certify(str(tmp_path), "--input", str(APPS / "inputs.jsonl"), "--run-dir", folder)
    assert done.returncode == USAGE, done.stdout + done.stderr
    assert "nothing_of_this_name" in done.stderr
