"""The project's own compose.yaml in our hands: a kill and a pause, judged. `tox -e compose`.

It needs an engine and a Compose, the plugin or docker-compose, and builds the image.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.waiting import wait_until
from onceproof.conformance.targets.health import client_for, health
from tests.stacks.engines import engine, needs_engine
from tests.targets.images import PYTHON_IMAGE

ROOT = Path(__file__).parents[3]
TIMINGS = {"LEASE_MS": "2000", "HEARTBEAT_MS": "500", "SWEEP_MS": "500"}
UP_S = 600.0


def find_compose() -> list[str] | None:
    """The command of Compose that this machine has, None for none."""
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


COMPOSE = find_compose()
needs_compose = pytest.mark.skipif(
    COMPOSE is None, reason="neither the plugin `docker compose` nor docker-compose is installed"
)
pytestmark = [needs_engine, needs_compose]


def is_up(port: str) -> bool:
    url = f"http://127.0.0.1:{port}"
    with client_for(url, 2) as client:
        return health(client, url) is None


@pytest.fixture(scope="module")
def project() -> Iterator[str]:
    """Two API replicas and two workers, by one image, built as the file says."""
    assert COMPOSE is not None
    name = f"onceproof{uuid4().hex[:6]}"
    ports = {"API_PORT": str(free_port()), "API2_PORT": str(free_port())}
    environ = {**os.environ, **TIMINGS, **ports, "BASE_IMAGE": PYTHON_IMAGE}
    # docker-compose of Debian cannot show the progress of the newer builder.
    environ |= {"DOCKER_BUILDKIT": "0"} if COMPOSE == ["docker-compose"] else {}
    call = [*COMPOSE, "-p", name, "--profile", "two"]

    def compose(*words: str) -> None:
        done = subprocess.run(
            [*call, *words], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=UP_S
        )
        assert done.returncode == 0, done.stderr[-2000:]

    try:
        compose("up", "--build", "--detach")
        for port in ports.values():  # docker-compose knows no --wait
            assert wait_until(partial(is_up, port), UP_S, 0.2), f"no API on port {port}"
        yield name
    finally:
        compose("down", "--volumes", "--timeout", "1")


def call(folder: Path, *words: str) -> tuple[str, dict[str, str]]:
    """What a command wrote, which has to end with 0 or 12, and its verdicts."""
    run_dir = folder / "run"
    done = subprocess.run(
        [sys.executable, "-m", "onceproof.conformance", *words, "--run-dir", str(run_dir)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=UP_S,
    )
    assert done.returncode in (0, 12), done.stdout[-3000:]
    results = json.loads((run_dir / "results.json").read_text())
    return done.stdout, {each["id"]: each["verdict"] for each in results["requirements"]}


def where(project: str) -> list[str]:
    return ["--levers", f"compose:{project}", "--exclusive"]


def test_its_replicas_are_found_killed_and_paused(project: str, tmp_path: Path) -> None:
    ids = ("QUE-01", "QUE-08", "QUE-14", "QUE-20", "QUE-21")
    chosen = [word for one in ids for word in ("--only", one)]
    said, verdicts = call(tmp_path, "certify", *where(project), *chosen)
    assert {one: verdicts[one] for one in ids} == dict.fromkeys(ids, "PASS"), said


def test_chaos_kills_and_pauses_there(project: str, tmp_path: Path) -> None:
    faults = ("worker-killed", "worker-stalled", "api-killed", "api-restarted", "worker-drained")
    chosen = [word for fault in faults for word in ("--fault", fault)]
    more = ["--seed", "7", "--minutes", "0.5"]
    said, _ = call(tmp_path, "chaos", *where(project), *more, *chosen)
    assert f"compose project '{project}': 2 API replicas (api-1, api2-1), 2 workers" in said
    assert "seed 7: passed (exit status 0)" in said


def test_nothing_of_the_containers_is_left_paused_or_down(project: str) -> None:
    client = engine()
    assert client is not None
    label = {"label": f"com.docker.compose.project={project}"}
    states = [each.status for each in client.containers.list(all=True, filters=label)]
    client.close()
    assert states == ["running"] * 6
