"""What can be wrong with a command or with what it starts: each in one sentence."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.stacks import open_stack
from onceproof.conformance.targets import CommandTarget, process
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.targets.kinds import command

Make = Callable[..., CommandTarget]
STANDIN = Path(__file__).parent / "stand_in_server.py"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            "serve --port {prot}",
            r"no placeholder \{prot\}; use \{port\}, \{role\}, \{python\}, \{probes\} or \{slots\}",
        ),
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


@pytest.mark.parametrize("counts", [ReplicaCounts(0), ReplicaCounts(1, -1)])
def test_impossible_counts_are_refused(make: Make, counts: ReplicaCounts) -> None:
    with pytest.raises(UsageError, match=r"take (at least 1|0 or more)"):
        make("--port {port} --role {role}", counts=counts)


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
