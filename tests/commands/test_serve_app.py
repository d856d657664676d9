"""`onceproof serve --app`: a user's own graphs, one command, and a sentence if they are broken."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from onceproof.conformance import cli
from onceproof.conformance.errors import INTERRUPTED, USAGE
from onceproof.conformance.stacks.ports import free_port
from tests.hearing import hear_signals

GRAPH = """
from typing import TypedDict
from langgraph.graph import START, StateGraph

class State(TypedDict, total=False):
    text: str

def shout(state):
    return {"text": state["text"].upper()}

graph = StateGraph(State).add_node("shout", shout).add_edge(START, "shout").compile()
"""

#: The file of the graph -> what is said of it.
BROKEN = {
    "graph = 1 / 0": "graph 'agent': importing {file} raised ZeroDivisionError: division by zero",
    "graph = 7": "graph 'agent': './agent.py:graph' is a int, neither a graph nor a function",
    "other = 7": "graph 'agent': './agent.py' has no 'graph'",
    "def graph(): return {}['MODEL']": (
        "graph 'agent' cannot be built: its factory raised KeyError: 'MODEL'"
    ),
    "import sys; sys.exit(4)": "graph 'agent': importing {file} raised SystemExit: 4",
}


def make_app(folder: Path, code: str) -> Path:
    (folder / "agent.py").write_text(code)
    config = folder / "langgraph.json"
    config.write_text(json.dumps({"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}))
    return config


def refuse(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", *words])
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err.count("\n")) == (USAGE, "", 1), said.err
    return said.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("{", "is not valid JSON"),
        ("[]", "names no graphs"),
        ('{"graphs": {}}', "names no graphs"),
    ],
)
def test_a_file_that_is_no_application_is_refused_before_anything_starts(
    text: str | None, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / "langgraph.json").write_text(text)
    said = refuse(["--app", str(tmp_path / "langgraph.json")], capsys)
    assert sentence in said
    assert [path.name for path in tmp_path.iterdir()] == (["langgraph.json"] if text else [])


def test_options_of_an_application_are_refused_without_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "add --app" in refuse(["--port", "9000"], capsys)


def test_a_port_that_is_in_use_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = make_app(tmp_path, GRAPH)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ["--app", str(config), "--port", str(port), "--run-dir", str(tmp_path / "run")]
        assert f"--port {port} is in use" in refuse(words, capsys)


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_graph_is_one_sentence(
    code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = make_app(tmp_path, code)
    said = refuse(["--app", str(config), "--run-dir", str(tmp_path / "run")], capsys)
    assert BROKEN[code].format(file=repr(str(tmp_path / "agent.py"))) in said


def test_an_application_is_served_until_ctrl_c_and_nothing_is_left(tmp_path: Path) -> None:
    make_app(tmp_path, GRAPH)
    port = free_port()
    words = ["serve", "--app", str(tmp_path), "--port", str(port), "--api-replicas", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "onceproof.conformance", *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    ) as serving:
        try:
            assert serving.stdout is not None
            lines = [serving.stdout.readline() for _ in range(4)]
            family = psutil.Process(serving.pid).children(recursive=True)
            asked = {"assistant_id": "agent", "input": {"text": "hello"}}
            answer = httpx.post(f"http://127.0.0.1:{port + 1}/runs/wait", json=asked, timeout=30)
            serving.send_signal(signal.SIGINT)
            status = serving.wait(timeout=60)
        finally:
            serving.kill()
    assert lines[0] == f"serving at http://127.0.0.1:{port}\n", lines
    assert lines[1] == f"serving at http://127.0.0.1:{port + 1}\n", lines
    assert lines[2] == f"it hosts agent of {tmp_path / 'langgraph.json'}\n"
    assert lines[3].endswith("Ctrl-C stops it\n")
    assert answer.json() == {"text": "HELLO"}
    assert status == INTERRUPTED
    assert len(family) > 5
    psutil.wait_procs(family, timeout=10)
    assert [each for each in family if each.is_running()] == []
