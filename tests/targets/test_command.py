"""Processes from a command: started together, known by name, gone at the end."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from onceproof.conformance.errors import TargetError
from onceproof.conformance.targets import CommandTarget
from onceproof.conformance.targets.base import ReplicaCounts

Make = Callable[..., CommandTarget]
STANDIN = Path(__file__).parent / "stand_in_server.py"


class GivenStack:
    """URIs as a started stack would have them."""

    kind = "external"
    database_uri = "postgresql://user:secret@127.0.0.1/stack"
    redis_uri = "redis://127.0.0.1/5"


def lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_of(target: CommandTarget, name: str) -> int:
    assert target.levers is not None
    return target.levers.pids(name)[0]


def test_without_workers_those_with_an_api_do_all(make: Make) -> None:
    target = make("--port {port} --role {role}", counts=ReplicaCounts(workers=0))
    target.start()
    assert [(each.name, each.role) for each in target.replicas] == [("all-1", "all")]


def test_roles_have_names_ports_and_urls_of_their_own(make: Make) -> None:
    target = make("--port {port} --role {role}", counts=ReplicaCounts(2, 1))
    target.start()

    names = [(replica.name, replica.role) for replica in target.replicas]
    assert names == [("api-1", "api"), ("api-2", "api"), ("worker-1", "worker")]
    assert [replica.url for replica in target.replicas] == [*target.urls, None]
    assert len(set(target.urls)) == 2
    for url in target.urls:
        port = urlsplit(url).port
        assert port is not None
        assert port < 32768
        assert httpx.get(f"{url}/ok").status_code == 200
    assert target.levers is not None
    assert target.levers.log("worker-1") == "serving as worker\n"


def test_without_roles_every_process_does_everything(make: Make) -> None:
    target = make(counts=ReplicaCounts(2))
    target.start()
    assert [(replica.name, replica.role) for replica in target.replicas] == [
        ("all-1", "all"),
        ("all-2", "all"),
    ]
    assert len(target.urls) == 2


def test_the_stack_is_handed_over_and_nothing_competes_with_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POSTGRES_URI", "postgresql://elsewhere")
    monkeypatch.setenv("REDIS_URI_CUSTOM", "redis://elsewhere")
    monkeypatch.setenv("DATABASE_URI", "postgresql://elsewhere")
    monkeypatch.setenv("KEPT", "yes")
    target = make(stack=GivenStack(), env={"LEASE_MS": "77"})
    target.start()

    seen = httpx.get(f"{target.urls[0]}/environ").json()

    assert seen["DATABASE_URI"] == GivenStack.database_uri
    assert seen["REDIS_URI"] == GivenStack.redis_uri
    assert seen["LEASE_MS"] == "77"
    assert seen["KEPT"] == "yes"
    assert "POSTGRES_URI" not in seen
    assert "REDIS_URI_CUSTOM" not in seen


def test_a_stack_of_nothing_leaves_the_environment_alone(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URI", "postgresql://own")
    target = make()
    target.start()
    assert httpx.get(f"{target.urls[0]}/environ").json()["DATABASE_URI"] == "postgresql://own"


def test_identity_is_declared_and_keeps_secrets(make: Make) -> None:
    target = make("--port {port} --role postgres://u:secret@h/d")
    target.start()

    identity = target.identity()

    python = Path(sys.executable).resolve().read_bytes()
    assert identity["kind"] == "command"
    assert identity["strength"] == "declared"
    assert identity["version"] == "1.2.3"
    assert identity["executable_sha256"] == hashlib.sha256(python).hexdigest()
    assert identity["replicas"] == {"all": 1}
    assert identity["command"].endswith("--port {port} --role postgres://u:***@h/d")
    assert identity["argv"][0] == "{python}"
    assert "secret" not in str(identity)


def test_a_killed_replica_is_reaped_and_starts_again_on_its_port(make: Make) -> None:
    target = make(counts=ReplicaCounts(2))
    target.start()
    levers = target.levers
    assert levers is not None
    pid = pid_of(target, "all-1")

    levers.kill("all-1")

    assert not levers.alive("all-1")
    assert not psutil.pid_exists(pid)
    assert levers.alive("all-2")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{target.urls[0]}/ok")
    levers.start("all-1")
    assert levers.alive("all-1")
    assert httpx.get(f"{target.urls[0]}/ok").status_code == 200
    assert levers.log("all-1") == "serving as all\n" * 2


def test_a_paused_replica_is_silent_until_it_is_resumed(make: Make) -> None:
    target = make()
    target.start()
    levers = target.levers
    assert levers is not None

    levers.pause("all-1")
    assert levers.alive("all-1")
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{target.urls[0]}/ok", timeout=0.3)
    levers.resume("all-1")

    assert httpx.get(f"{target.urls[0]}/ok").status_code == 200


def test_terminate_waits_for_the_exit_status(make: Make) -> None:
    target = make()
    target.start()
    levers = target.levers
    assert levers is not None
    assert levers.terminate("all-1", 0.01) is None
    assert levers.terminate("all-1", 5) == 7
    assert not levers.alive("all-1")


def test_kill_takes_descendants_in_other_sessions_along(make: Make) -> None:
    target = make("--port {port} --litter")
    target.start()
    levers = target.levers
    assert levers is not None
    child = int(levers.log("all-1").split()[1])
    assert lives(child)

    levers.pause("all-1")
    assert psutil.Process(child).status() == psutil.STATUS_STOPPED
    levers.kill("all-1")

    assert not lives(child)


def test_an_unknown_replica_is_named(make: Make) -> None:
    target = make()
    target.start()
    assert target.levers is not None
    with pytest.raises(TargetError, match="no replica 'api-9'; it has all-1"):
        target.levers.kill("api-9")


def test_stop_asks_each_once_and_leaves_no_process(make: Make, tmp_path: Path) -> None:
    target = make(counts=ReplicaCounts(2))
    target.start()
    pids = [pid_of(target, name) for name in ("all-1", "all-2")]

    target.levers.pause("all-2")  # type: ignore[union-attr]
    target.stop()
    target.stop()

    assert not any(psutil.pid_exists(pid) for pid in pids)
    for name in ("all-1", "all-2"):
        log = (tmp_path / f"logs/{name}.log").read_text()
        assert log == "serving as all\nSIGTERM 1\n"


def test_stop_kills_what_does_not_listen(make: Make) -> None:
    target = make("--port {port} --deaf", stop_s=0.3)
    target.start()
    pid = pid_of(target, "all-1")
    began = time.monotonic()
    target.stop()
    assert time.monotonic() - began < 5
    assert not psutil.pid_exists(pid)


def test_a_stopped_target_starts_anew_and_old_levers_find_nothing(make: Make) -> None:
    target = make()
    target.start()
    old = target.levers
    with pytest.raises(TargetError, match="already started"):
        target.start()
    target.stop()
    assert old is not None
    with pytest.raises(TargetError, match="not started"):
        old.start("all-1")
    target.start()
    assert httpx.get(f"{target.urls[0]}/ok").status_code == 200


@pytest.mark.parametrize("then", ["raise RuntimeError", "os.kill(os.getpid(), 9)"])
def test_nothing_is_left_when_nobody_called_stop(tmp_path: Path, then: str) -> None:
    script = f"""
import os
from pathlib import Path
from onceproof.conformance.stacks import open_stack
from onceproof.conformance.targets import CommandTarget
folder = Path({str(tmp_path)!r})
command = "{{python}} {STANDIN} --port {{port}}"
target = CommandTarget(command, open_stack("none", folder, {{}}), folder)
target.start()
print(target.levers.pids("all-1")[0], flush=True)
{then}
"""
    argv = [sys.executable, "-c", script]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    pid = int(run.stdout)
    deadline = time.monotonic() + 5
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not lives(pid)
    assert run.returncode in (1, -signal.SIGKILL)
