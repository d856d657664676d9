"""`agent_server`: a project's own tests on a server of their own, and faults in plain sentences."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.hearing import hear_signals

PAGE = Path(__file__).parents[2] / "docs" / "your-graphs.md"

GRAPHS = """
import os, sys, threading, time
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypedDict
from langgraph.graph import START, StateGraph

class Mood(Enum):
    GOOD = "good"

@dataclass
class Note:
    text: str

class State(TypedDict, total=False):
    text: str
    kept: Any

def make(node):
    return StateGraph(State).add_node("node", node).add_edge(START, "node").compile()

def shout(state):
    return {"text": state["text"].upper()}

def keep(state):
    if "kept" in state:
        assert state["kept"] == [Mood.GOOD, Note("x")]
    return {"kept": [Mood.GOOD, Note("x")]}

async def block(state):
    time.sleep(20)

def lock(state):
    return {"kept": threading.Lock()}

def leave(state):
    sys.exit(3)

def die(state):
    os._exit(5)

def refuse(state):
    raise ValueError("the city is unknown")

def hang(state):
    time.sleep(8)

agent, typed, blocking, unstorable, leaving, dying, refusing, hanging = map(
    make, (shout, keep, block, lock, leave, die, refuse, hang)
)
"""

NAMES = ["agent", "typed", "blocking", "unstorable", "leaving", "dying", "refusing", "hanging"]

#: Where the node of that graph stands still.
LINE = GRAPHS.splitlines().index("    time.sleep(20)") + 1

TESTS = """
import httpx
import pytest

def run(server, graph, times=1):
    client = server.sync_client()
    thread = client.threads.create()["thread_id"]
    for _ in range(times):
        client.runs.wait(thread, graph, input={"text": "a"}, raise_error=False)

def test_a_type_of_the_graph_s_file_is_itself(agent_server):
    run(agent_server, "typed", times=2)
    agent_server.assert_ok()

async def ask(server):
    return await server.client().assistants.search()

def test_what_it_hosts(agent_server):
    import asyncio
    assert {each["graph_id"] for each in asyncio.run(ask(agent_server))} == set(agent_server.graphs)
    agent_server.assert_ok()

def faults(server, graph):
    run(server, graph)
    with pytest.raises(AssertionError) as failed:
        server.assert_ok()
    return str(failed.value)

def test_a_blocking_node(agent_server):
    said = faults(agent_server, "blocking")
    assert "a node held the event loop for more than 2 s at " in said
    assert "graphs.py:{LINE} in block, and every other run of its worker waited: await" in said

def test_a_state_that_does_not_serialise(agent_server):
    said = faults(agent_server, "unstorable")
    assert "state key 'kept' cannot be stored: Type is not msgpack serializable: _thread" in said

def test_an_exit(agent_server):
    said = faults(agent_server, "leaving")
    assert "a node called sys.exit(3) at " in said
    assert "in leave: that ends its run, never the server" in said

def test_an_end_of_the_process(agent_server):
    said = faults(agent_server, "dying")
    assert "its worker died or stood still, and the run was begun again" in said
    assert "a node ended the process that executed it (exit status 5)" in said
    assert "is no longer alive: a node ended its process" in said

def test_an_exception_that_is_expected(agent_server):
    run(agent_server, "refusing")
    agent_server.assert_ok(expect=["ValueError"])
    with pytest.raises(AssertionError, match="a node raised ValueError at .* in refuse: the"):
        agent_server.assert_ok()
    with pytest.raises(AssertionError, match="no run raised KeyError, as was expected"):
        agent_server.assert_ok(expect=["ValueError", "KeyError"])

def test_a_run_without_a_thread_by_any_client(agent_server):
    asked = {"assistant_id": "refusing", "input": {"text": "a"}}
    httpx.post(f"{agent_server.url}/runs/wait", json=asked, timeout=30)
    with pytest.raises(AssertionError, match="a node raised ValueError at .* in refuse: the"):
        agent_server.assert_ok()

def test_a_run_that_does_not_end(agent_server):
    client = agent_server.sync_client()
    thread = client.threads.create()["thread_id"]
    made = client.runs.create(thread, "hanging", input={"text": "a"})
    with pytest.raises(AssertionError, match=f"{made['run_id']}: it is still running after 1"):
        agent_server.assert_ok(wait_s=1)
    agent_server.assert_ok()

def test_the_environment_is_the_project_s(agent_server):
    import os
    assert os.environ["PGHOST"] == "db.example.com"

def test_what_other_tests_did_is_not_blamed_on_this_one(agent_server):
    run(agent_server, "agent")
    agent_server.assert_ok()
"""


def call(folder: Path, *words: str, **variables: str) -> str:
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=environ | variables,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return done.stdout + done.stderr


def make_project(folder: Path, tests: str) -> Path:
    app = folder / "app"
    app.mkdir()
    (app / "graphs.py").write_text(GRAPHS)
    graphs = {name: f"./graphs.py:{name}" for name in NAMES}
    (app / "langgraph.json").write_text(json.dumps({"dependencies": ["."], "graphs": graphs}))
    (folder / "test_own.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\nonceproof_app = app/langgraph.json\n")
    return folder


def test_each_fault_of_an_application_is_named_in_a_sentence(tmp_path: Path) -> None:
    project = make_project(tmp_path, TESTS.replace("{LINE}", str(LINE)))
    said = call(project, BLOCKED_LOOP_LIMIT_SECS="2", PGHOST="db.example.com")
    assert f"{TESTS.count('def test_')} passed" in said, said


def test_the_example_of_the_page_is_a_test_that_passes(tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    project = make_project(tmp_path, example)
    (project / "pytest.ini").write_text("[pytest]\n")
    for path in (project / "app").iterdir():
        path.rename(project / path.name)
    said = call(project)
    assert "1 passed" in said, said
    assert example.strip().count("\n") < 10


@pytest.mark.parametrize(
    ("text", "sentence"),
    [(None, "cannot be read (No such file or directory)"), ("{}", "names no graphs")],
)
def test_a_project_without_an_application_is_one_sentence(
    text: str | None, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "test_own.py").write_text("def test_it(agent_server): ...")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    if text:
        (tmp_path / "langgraph.json").write_text(text)
    said = call(tmp_path)
    assert re.search(r"^agent_server: onceproof_app.*" + re.escape(sentence), said, re.MULTILINE)
    assert "Traceback" not in said
    assert "1 error" in said


def test_a_session_that_does_not_use_it_loads_nothing_for_it(tmp_path: Path) -> None:
    code = 'import sys\ndef test_it(): assert "onceproof.conformance.app" not in sys.modules'
    (tmp_path / "test_own.py").write_text(code)
    assert "1 passed" in call(tmp_path)


HELD = """
def test_it(agent_server):
    print("up", flush=True)
    input()
"""


def test_ctrl_c_in_a_session_leaves_no_process(tmp_path: Path) -> None:
    project = make_project(tmp_path, HELD)
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-s"],
        cwd=project,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_signals,
    ) as session:
        assert session.stdout is not None
        try:
            assert any("up" in line for line in session.stdout)
            family = psutil.Process(session.pid).children(recursive=True)
            session.send_signal(signal.SIGINT)
            status = session.wait(timeout=60)
        finally:
            session.kill()
    assert status == pytest.ExitCode.INTERRUPTED
    assert len(family) > 5
    _, left = psutil.wait_procs(family, timeout=10)
    assert left == []
