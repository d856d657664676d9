"""Somebody's project: its tests are untouched by ours, and a certification there by theirs.

The project has folders, options and configuration that collide with ours as they can, and its
environment a plugin that reverses, drops and fails tests as it likes.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from onceproof.conformance.errors import FAILED, PARTIAL
from onceproof.conformance.runner.suite_session import rewrite_old_names
from onceproof.conformance.runner.target_options import (
    for_pytest,
)

STANDIN = Path(__file__).parents[1] / "targets" / "stand_in_server.py"

CONFTEST = """
def pytest_addoption(parser):
    for name in ("--only", "--stack", "--run-dir", "--target-url", "--env", "--url"):
        parser.addoption(name)
"""

TEST = """
import conformance, load, reports

def test_the_packages_are_the_project_s(pytestconfig):
    assert (conformance.OWNER, load.OWNER, reports.OWNER) == ("project",) * 3
    assert pytestconfig.getoption("--only") == "this"
    assert pytestconfig.getoption("--stack") == "theirs"
"""

#: As plugins do that rerun, order, select and stop, only worse.
SABOTAGE = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--sabotage", action="store_true")

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.reverse()

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    report = yield
    if report.when == "call":
        report.outcome = "failed"
        report.longrepr = "sabotaged"
    return report
"""

PYTEST_INI = """
[pytest]
addopts = --stack theirs -x --strict-markers -p no:randomly
pythonpath = .
python_functions = nothing_is_called_so test_the_packages_*
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("conformance", "load", "reports"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text('OWNER = "project"\n')
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_own.py").write_text(TEST)
    (folder / "pytest.ini").write_text(PYTEST_INI)
    return folder


@pytest.fixture
def sabotage(tmp_path: Path) -> dict[str, str]:
    """Variables under which every pytest session finds an installed plugin of that kind."""
    site = tmp_path / "site"
    metadata = site / "sabotage-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "sabotage.py").write_text(SABOTAGE)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: sabotage\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[pytest11]\nsabotage = sabotage\n")
    return {
        "PYTHONPATH": str(site),
        "PYTEST_ADDOPTS": "--sabotage -x -k nothing",
        "PYTEST_PLUGINS": "sabotage",
    }


def call(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env=environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_project_has_its_own_options_and_packages(project: Path) -> None:
    done = call(project, "pytest", "-q", "--only", "this")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


#: A plugin that runs a test again until it passes, as they are commonly installed.
RERUNS = """
from _pytest.runner import runtestprotocol

def pytest_addoption(parser):
    parser.addoption("--again", type=int, default=0)

def pytest_runtest_protocol(item, nextitem):
    for turn in range(item.config.getoption("--again") + 1):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        last = turn == item.config.getoption("--again")
        for report in reports:
            if report.when == "call" and report.failed and not last:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
        if not any(report.outcome == "rerun" for report in reports):
            return True
    return True
"""

#: Turns every failure into a pass.
WHITEWASH = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    report = yield
    report.outcome, report.longrepr = "passed", None
    return report
"""

#: What the environment brings -> its variables; every plugin here lies beside the sabotage.
SURROUNDINGS = {
    "nothing": {},
    "reruns": {"PYTEST_PLUGINS": "reruns", "PYTEST_ADDOPTS": "--again 5"},
    "whitewash": {"PYTEST_PLUGINS": "whitewash"},
    "sabotage": {"PYTEST_PLUGINS": "sabotage", "PYTEST_ADDOPTS": "--sabotage"},
    "a plugin that is missing": {"PYTEST_PLUGINS": "nosuch"},
    "-x": {"PYTEST_ADDOPTS": "-x"},
    "-k": {"PYTEST_ADDOPTS": "-k nothing"},
    "a time limit": {"PYTEST_ADDOPTS": "--timeout=1", "PYTEST_TIMEOUT": "1"},
    "no plugins": {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
}


class Handler(BaseHTTPRequestHandler):
    """Healthy, and nothing else; after `WELL` questions for its health it is ill for two."""

    WELL = 10**9

    def do_GET(self) -> None:
        type(self).WELL -= self.path == "/ok"
        if self.path == "/ok" and self.WELL in (-1, -2):
            self.send_response(500)
            self.end_headers()
            return
        body = json.dumps({"/ok": {"ok": True}, "/info": {"version": "1"}}.get(self.path)).encode()
        self.send_response(404 if body == b"null" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ill_url(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server that is healthy when it is started, ill at the first test, and healthy again."""
    monkeypatch.setattr(Handler, "WELL", 1)
    return url


@pytest.fixture
def plugins(sabotage: dict[str, str]) -> str:
    """The folder in which all these plugins are found."""
    site = sabotage["PYTHONPATH"]
    for name, text in (("reruns", RERUNS), ("whitewash", WHITEWASH)):
        Path(site, f"{name}.py").write_text(text)
    return site


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_whatever_surrounds_a_certification_a_failure_is_a_failure(
    project: Path, plugins: str, ill_url: str, surroundings: str
) -> None:
    (project / "conftest.py").write_text(WHITEWASH)
    variables = {**SURROUNDINGS[surroundings], "PYTHONPATH": plugins}
    asked = ("--url", ill_url, "--only", "SYS-01", "--run-dir", "run")

    done = call(project, "onceproof.conformance", "certify", *asked, **variables)

    results = json.loads((project / "run" / "results.json").read_text())
    [health] = [each for each in results["requirements"] if each["id"] == "SYS-01"]
    assert (done.returncode, health["verdict"]) == (FAILED, "FAIL"), done.stdout + done.stderr
    listed = [each.partition(" ")[0] for each in results["environment"]["pytest_plugins"]]
    assert listed == ["pytest", "anyio", "onceproof", "pytest-xdist"]


#: What a plain session comes to on the server that is ill: its status, and what it says.
PLAIN = {
    "nothing": (pytest.ExitCode.TESTS_FAILED, "1 failed"),
    "reruns": (pytest.ExitCode.USAGE_ERROR, "from failed to rerun"),
    "whitewash": (pytest.ExitCode.USAGE_ERROR, "from failed to passed"),
    "sabotage": (pytest.ExitCode.TESTS_FAILED, "1 failed"),
    "-x": (pytest.ExitCode.TESTS_FAILED, "1 failed"),
    "-k": (pytest.ExitCode.NO_TESTS_COLLECTED, "deselected"),
    "a time limit": (pytest.ExitCode.USAGE_ERROR, "timeout"),
}


@pytest.mark.parametrize("surroundings", PLAIN)
def test_a_plain_session_tells_the_truth_or_refuses(
    project: Path, plugins: str, ill_url: str, surroundings: str
) -> None:
    (project / "conftest.py").unlink()
    (project / "pytest.ini").unlink()
    status, said = PLAIN[surroundings]
    variables = {**SURROUNDINGS[surroundings], "PYTHONPATH": plugins}
    suite = ("--pyargs", "onceproof.conformance.suite.system", "--onceproof-only", "SYS-01")

    done = call(project, "pytest", *suite, "--onceproof-url", ill_url, **variables)

    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


def test_a_plain_session_lists_what_it_runs_beside(
    project: Path, sabotage: dict[str, str], url: str
) -> None:
    asked = ("--onceproof-only", "SYS-01", "--onceproof-url", url)
    suite = ("--pyargs", "onceproof.conformance.suite.system")
    (project / "conftest.py").unlink()
    (project / "pytest.ini").unlink()

    done = call(project, "pytest", *suite, *asked, PYTHONPATH=sabotage["PYTHONPATH"])

    [line] = [each for each in done.stdout.splitlines() if "judged beside" in each]
    assert "sabotage 1.0" in line


@pytest.mark.parametrize("lanes", ["1", "2"])
def test_a_certification_is_not_changed_by_the_project_it_is_started_in(
    project: Path, sabotage: dict[str, str], url: str, lanes: str
) -> None:
    assert call(project, "pytest", "-q", "--only", "this", **sabotage).returncode != 0
    command = f"{{python}} {STANDIN} --port {{port}}"
    target = ("--url", url) if lanes == "1" else ("--command", command, "--stack", "none")
    asked = (*target, "--only", "SYS-01", "--lanes", lanes, "--run-dir", "run")

    done = call(project, "onceproof.conformance", "certify", *asked, **sabotage)

    assert (project / "run" / "results.json").exists(), done.stdout + done.stderr
    results = json.loads((project / "run" / "results.json").read_text())
    [health] = [each for each in results["requirements"] if each["id"] == "SYS-01"]
    assert health["verdict"] == "PASS", health
    assert done.returncode == PARTIAL, done.stdout + done.stderr
    ids = [test["nodeid"] for test in health["tests"]]
    assert ids, health
    assert not [each for each in ids if "@" in each]


OLD = ("conformance.suite.system", "--target-url", "--only=SYS-01")
NEW = ("onceproof.conformance.suite.system", "--onceproof-url", "--onceproof-only=SYS-01")


@pytest.mark.parametrize(("suite", "option", "only"), [OLD, NEW], ids=["old", "new"])
def test_the_suite_runs_from_anywhere_under_its_old_and_its_new_names(
    tmp_path: Path, url: str, suite: str, option: str, only: str
) -> None:
    done = call(tmp_path, "pytest", "-q", "--pyargs", suite, option, url, only)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_a_plain_session_names_the_options_of_pytest(tmp_path: Path) -> None:
    twice = ("--onceproof-url", "http://127.0.0.1:1", "--onceproof-command", "server")

    done = call(tmp_path, "pytest", "--pyargs", "onceproof.conformance.suite", *twice)

    sentence = "--onceproof-url and --onceproof-command exclude each other"
    assert sentence in done.stdout + done.stderr
    assert done.returncode == pytest.ExitCode.USAGE_ERROR


def test_only_names_of_ours_are_rewritten() -> None:
    arguments = ["--target-url=http://h", "--only", "RUN", "--stack", "none", "-k", "--only-x"]

    assert rewrite_old_names(arguments) == [
        *("--onceproof-url=http://h", "--onceproof-only", "RUN"),
        *("--onceproof-stack", "none", "-k", "--only-x"),
    ]
    assert for_pytest("drop --stack, --run-dir or --stacks") == (
        "drop --onceproof-stack, --onceproof-run-dir or --stacks"
    )
