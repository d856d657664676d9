"""Workers with a command of their own, alive by their process; and a command that comes first."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.targets import CommandTarget
from onceproof.conformance.targets.base import ReplicaCounts

Make = Callable[..., CommandTarget]
STANDIN = Path(__file__).parent / "stand_in_server.py"

#: Serves nothing, and says what it was given: as a Celery worker or a queue executor.
WORKER = """
import os, sys, threading
print("working on", os.environ.get("QUEUE"), sys.argv[1], flush=True)
threading.Event().wait()
"""


@pytest.fixture
def worker(tmp_path: Path) -> str:
    program = tmp_path / "worker.py"
    program.write_text(WORKER)
    return f"{{python}} {program} {{role}}"


def test_a_worker_without_http_is_a_replica_alive_by_its_process(make: Make, worker: str) -> None:
    target = make(worker_command=worker, counts=ReplicaCounts(1, 2), env={"QUEUE": "runs"})
    target.start()
    assert target.levers is not None

    found = [(each.name, each.role, each.url is None) for each in target.replicas]
    assert found == [
        ("api-1", "api", False),
        ("worker-1", "worker", True),
        ("worker-2", "worker", True),
    ]
    assert [each.own_url for each in target.replicas[1:]] == [None, None]
    assert target.levers.log("worker-1") == "working on runs worker\n"
    assert "worker.py" in target.identity()["worker_command"]
    [pid] = target.levers.pids("worker-2")
    target.levers.kill("worker-2")
    assert not target.levers.alive("worker-2")
    target.levers.start("worker-2")
    assert target.levers.pids("worker-2") != [pid]
    assert httpx.get(f"{target.urls[0]}/ok").status_code == 200


def test_a_worker_with_a_port_answers_its_health_path(make: Make) -> None:
    target = make(worker_command=f"{{python}} {STANDIN} --port {{port}} --role {{role}}")
    target.start()
    [worker] = [each for each in target.replicas if each.role == "worker"]
    assert httpx.get(f"{worker.own_url}/ok").status_code == 200


def test_a_worker_that_ends_at_its_start_is_quoted_with_its_last_line(make: Make) -> None:
    dies = "import sys; sys.exit('" + "x" * 300 + "\\nno broker; set QUEUE')"
    target = make(worker_command=f'{{python}} -c "{dies}"')
    with pytest.raises(TargetError, match=r"'worker-1' exited with status 1 .*: no broker; set QU"):
        target.start()


def test_what_comes_first_has_ended_before_a_replica_starts(make: Make, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    program = tmp_path / "migrate.py"
    program.write_text(f"import os; open({str(journal)!r}, 'a').write(os.environ['LEVEL'] + '\\n')")
    target = make(
        f"--port {{port}} --journal {journal}",
        first=f"{{python}} {program}",
        env={"LEVEL": "migrated"},
    )
    target.start()
    assert journal.read_text().split() == ["migrated", "begins", "serves"]


def test_what_comes_first_and_fails_is_one_sentence(make: Make, tmp_path: Path) -> None:
    program = tmp_path / "migrate.py"
    program.write_text("raise RuntimeError('no such database; create it')")
    target = make(first=f"{{python}} {program}")
    with pytest.raises(TargetError) as refused:
        target.start()
    said = str(refused.value)
    assert said.startswith("start.first of the target's profile ended with status 1: ")
    assert "RuntimeError: no such database; create it (its log is " in said
    assert "\n" not in said
    assert not (tmp_path / "logs/all-1.log").exists()


PROFILE = """
name = "mine"
title = "My server"
[timings]
lease_ms = 9000
heartbeat_ms = 3000
sweep_ms = 1000
[start]
command = "my-server --port {port}"
worker_command = "my-worker"
first = "my-server migrate {probes}"
stack = "none"
"""


def test_a_profile_names_both(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text(PROFILE)
    options = Options(target_profile=str(profile), environ={})
    assert options.worker_command == "my-worker"
    assert options.profile.start.first == "my-server migrate {probes}"
    assert options.has_roles
    assert json.dumps(options.settings(tmp_path)).count(str(tmp_path / "probes")) == 1


@pytest.mark.parametrize("key", ["worker_command", "first"])
def test_a_placeholder_that_is_none_is_refused_by_the_key_s_name(key: str, tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text(PROFILE.replace(f'{key} = "my-', f'{key} = "{{nosuch}} my-'))
    with pytest.raises(UsageError, match=rf"start\.{key} .*knows no placeholder {{nosuch}}"):
        Options(target_profile=str(profile), environ={})


def test_workers_need_an_api_beside_them() -> None:
    with pytest.raises(UsageError, match="--worker-command starts workers beside --command"):
        Options(worker_command=f"{sys.executable} worker.py", environ={})
