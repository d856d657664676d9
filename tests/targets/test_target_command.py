"""Processes from a command: started together, known by name, gone at the end."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from conformance.errors import TargetError, UsageError
from conformance.stacks import open_stack
from conformance.targets import CommandTarget, command, process

Make = Callable[..., CommandTarget]
STANDIN = Path(__file__).parent / "standin.py"


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
    pid = target._processes[name].child.pid
    assert pid is not None
    return pid


def test_roles_have_names_ports_and_urls_of_their_own(make: Make) -> None:
    target = make("--port {port} --role {role}", api_replicas=2, worker_replicas=1)
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
    target = make(api_replicas=2)
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
    target = make(api_replicas=2)
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
    target = make(api_replicas=2)
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
from conformance.stacks import open_stack
from conformance.targets import CommandTarget
folder = Path({str(tmp_path)!r})
command = "{{python}} {STANDIN} --port {{port}}"
target = CommandTarget(command, open_stack("none", folder, {{}}), folder)
target.start()
print(target._processes["all-1"].child.pid, flush=True)
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


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("serve --port {prot}", r"no placeholder \{prot\}; use \{port\}, \{role\} or \{python\}"),
        ("serve --port {}", r"no placeholder \{\}"),
        ("serve --config '{\"a\": 1}' {port}", r"no placeholder \{\"a\"\}.*\{\{ and \}\}"),
        ("serve --port {port", r"unbalanced brace"),
        ("serve --port 8000", r"has no \{port\}; write it"),
        ("serve 'x {port}", r"unbalanced quote"),
        ("", r"--command is empty"),
    ],
)
def test_a_command_that_cannot_be_filled_in_is_refused(command: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        CommandTarget(command, open_stack("none", Path("unused"), {}), Path("unused"))


def test_braces_and_spaces_of_its_own_reach_the_server(tmp_path: Path) -> None:
    script = tmp_path / "with space.py"
    script.write_text(STANDIN.read_text())
    command = f"{{python}} '{script}' --port {{port}} --role '{{{{x}}}}'"
    target = CommandTarget(command, open_stack("none", tmp_path, {}), tmp_path)
    target.start()
    try:
        assert target.levers is not None
        assert target.levers.log("all-1") == "serving as {x}\n"
    finally:
        target.stop()


@pytest.mark.parametrize("counts", [{"api_replicas": 0}, {"worker_replicas": -1}])
def test_impossible_counts_are_refused(make: Make, counts: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="at least 1 API replica"):
        make("--port {port} --role {role}", **counts)


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    stack = open_stack("none", tmp_path, {})
    target = CommandTarget("no-such-server --port {port}", stack, tmp_path)
    with pytest.raises(TargetError, match="'no-such-server' is no program on the PATH"):
        target.start()


def test_a_process_that_exits_early_is_quoted(make: Make) -> None:
    target = make("--port {port} --exit 3")
    with pytest.raises(TargetError, match=r"'all-1' exited with status 3 .*reach the database"):
        target.start()


def test_one_that_exits_ends_the_others(make: Make, tmp_path: Path) -> None:
    bad = tmp_path / "bad.sh"
    bad.write_text(f"[ $1 = worker ] && exit 5; exec {sys.executable} {STANDIN} --port $2\n")
    stack = open_stack("none", tmp_path, {})
    target = CommandTarget(f"/bin/sh {bad} {{role}} {{port}}", stack, tmp_path)
    with pytest.raises(TargetError, match="'worker-1' exited with status 5"):
        target.start()
    family = psutil.Process().children(recursive=True)
    assert not any(str(STANDIN) in " ".join(member.cmdline()) for member in family)


def test_a_port_that_never_answers_is_given_up(make: Make) -> None:
    target = make("--port {port} --health /nowhere", start_s=1.0)
    with pytest.raises(
        TargetError,
        match=r"did not answer /ok or /health or /live .*within 1 s .*answered 404.*serving",
    ):
        target.start()


def test_a_server_that_moved_to_another_port_is_caught(make: Make) -> None:
    target = make("--port {port} --shift 1", start_s=1.0)
    with pytest.raises(TargetError, match=r"listens on port \d+ instead of \d+; pass \{port\}"):
        target.start()


def test_a_stranger_that_answers_on_the_port_is_not_the_server(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody took the port in the last moment, and the server silently moved on."""
    stranger = make()
    stranger.start()
    monkeypatch.setattr(process, "is_free", lambda port: True)
    monkeypatch.setattr(command, "free_port", lambda: urlsplit(stranger.urls[0]).port)
    moved = make("--port {port} --shift 1")
    with pytest.raises(TargetError, match="instead of"):
        moved.start()


def test_a_launcher_whose_server_runs_out_of_sight_is_taken(make: Make, tmp_path: Path) -> None:
    """As `docker run -p {port}:8000`: the process that we started listens nowhere."""
    launcher, hidden = tmp_path / "launcher.sh", tmp_path / "hidden.sh"
    hidden.write_text(f"echo $$ > {tmp_path}/pid; exec {sys.executable} {STANDIN} --port $1\n")
    launcher.write_text(f"setsid -f /bin/sh {hidden} $1; exec sleep 60\n")
    nothing = open_stack("none", tmp_path, {})
    target = CommandTarget(f"/bin/sh {launcher} {{port}}", nothing, tmp_path)
    target.start()
    try:
        assert httpx.get(f"{target.urls[0]}/ok").status_code == 200
    finally:
        target.stop()
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


@pytest.mark.parametrize("path", ["/ok", "/health", "/live"])
def test_any_of_the_health_paths_will_do(make: Make, path: str) -> None:
    target = make(f"--port {{port}} --health {path}")
    target.start()
    assert target.levers is not None
    assert target.levers.alive("all-1")


def test_not_ready_is_not_healthy(make: Make) -> None:
    target = make("--port {port} --status 503", start_s=0.7)
    with pytest.raises(TargetError, match="/ok answered 503"):
        target.start()


def test_starting_again_on_a_port_that_was_taken_meanwhile_is_refused(make: Make) -> None:
    target = make()
    target.start()
    assert target.levers is not None
    target.levers.kill("all-1")
    port = urlsplit(target.urls[0]).port
    with (
        socket.create_server(("127.0.0.1", port), reuse_port=False),
        pytest.raises(TargetError, match=f"port {port} of replica 'all-1' was taken"),
    ):
        target.levers.start("all-1")
