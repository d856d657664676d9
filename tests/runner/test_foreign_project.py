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

from onceproof.conformance.errors import PARTIAL
from onceproof.conformance.runner.target_options import (
    for_pytest,
    rewrite_old_names,
)

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


class Handler(BaseHTTPRequestHandler):
    """Healthy, and nothing else."""

    def do_GET(self) -> None:
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


@pytest.mark.parametrize("lanes", ["1", "2"])
def test_a_certification_is_not_changed_by_the_project_it_is_started_in(
    project: Path, sabotage: dict[str, str], url: str, lanes: str
) -> None:
    assert call(project, "pytest", "-q", "--only", "this", **sabotage).returncode != 0
    asked = ("--url", url, "--only", "SYS-01", "--lanes", lanes, "--run-dir", "run")

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
