"""A deployment by URL, in the hands of commands that its operator supplies."""

import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance.errors import MissingLever, TargetError, UsageError
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.targets import Levers, UrlTarget
from onceproof.conformance.targets.health import client_for, health
from onceproof.conformance.targets.shell import parse_levers

STANDIN = Path(__file__).parent / "stand_in_server.py"


class Operated:
    """The stand-in server as an operator would run it: a script, a pid file, and commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        python, quoted = shlex.quote(sys.executable), shlex.quote(str(folder))
        serve = f"{python} {STANDIN} --port {self.port}"
        self.pid_file = f"{quoted}/{{replica}}.pid"
        gone = f"while {self.alive}; do sleep 0.05; done"
        # The server is left behind by its start, and holds what it was given for its output.
        self.options = {
            "start": f"{serve} & echo $! > {self.pid_file}",
            "kill": f"kill -9 $(cat {self.pid_file}); {gone}",
            "pause": f"kill -STOP $(cat {self.pid_file})",
            "resume": f"kill -CONT $(cat {self.pid_file})",
            "terminate": f"kill $(cat {self.pid_file}); {gone}",
            "alive": self.alive,
            "log": f"cat {quoted}/{{replica}}.pid",
            "pids": f"cat {self.pid_file}",
        }

    @property
    def alive(self) -> str:
        return f"kill -0 $(cat {self.pid_file}) 2>/dev/null"

    def target(self, *names: str) -> UrlTarget:
        options = [f"{name}={self.options[name]}" for name in names or self.options]
        return UrlTarget([self.url], levers=parse_levers(options))

    def pid(self) -> int:
        return int((self.folder / "api-1.pid").read_text())

    def answers(self) -> str | None:
        with client_for(self.url, 0.5) as client:
            return health(client, self.url)


@pytest.fixture
def operated_target(tmp_path: Path) -> Iterator[Operated]:
    made = Operated(tmp_path)
    levers = made.target().levers
    assert levers is not None
    (tmp_path / "api-1.pid").write_text("999999999")
    levers.start("api-1")
    yield made
    subprocess.run(["kill", "-9", str(made.pid())], stderr=subprocess.DEVNULL, check=False)


@pytest.fixture
def levers(operated_target: Operated) -> Levers:
    target = operated_target.target()
    target.start()
    assert target.levers is not None
    return target.levers


def test_a_killed_replica_is_gone_and_a_started_one_answers(
    operated_target: Operated, levers: Levers
) -> None:
    first = operated_target.pid()
    levers.kill("api-1")
    assert operated_target.answers() == "connection refused"
    assert not levers.alive("api-1")
    levers.start("api-1")
    assert operated_target.answers() is None
    assert operated_target.pid() != first


def test_a_paused_replica_says_nothing_until_it_is_resumed(
    operated_target: Operated, levers: Levers
) -> None:
    levers.pause("api-1")
    assert operated_target.answers() == "no answer in time"
    assert levers.alive("api-1")
    levers.resume("api-1")
    assert operated_target.answers() is None


def test_terminating_waits_and_has_a_limit(operated_target: Operated, levers: Levers) -> None:
    levers.pause("api-1")
    begun = time.monotonic()
    assert levers.terminate("api-1", 0.3) is None
    assert time.monotonic() - begun < 5
    levers.resume("api-1")
    assert levers.terminate("api-1", 10) == 0
    assert operated_target.answers() == "connection refused"


def test_an_exit_status_is_what_the_command_says_last() -> None:
    options = ["terminate=echo {replica} ended with 143", "start=true {replica}"]
    levers = UrlTarget(["http://h"], levers=parse_levers(options)).levers
    assert levers is not None
    assert levers.terminate("api-1", 5) == 143


def test_starting_one_that_runs_starts_no_second(operated_target: Operated, levers: Levers) -> None:
    first = operated_target.pid()
    levers.start("api-1")
    assert operated_target.pid() == first


def test_its_processes_tell_whose_execution_it_was(
    operated_target: Operated, levers: Levers
) -> None:
    assert levers.owner(operated_target.pid(), socket.gethostname()) == "api-1"
    assert levers.owner(operated_target.pid(), "elsewhere") is None
    assert levers.owner(1, socket.gethostname()) is None
    assert levers.pids("api-1") == [operated_target.pid()]


def test_without_processes_the_host_name_tells_it() -> None:
    target = UrlTarget(
        ["http://h"], workers=["worker-a"], levers=parse_levers(["host=echo host-of-{replica}"])
    )
    assert [replica.role for replica in target.replicas] == ["api", "worker"]
    assert target.levers is not None
    assert target.levers.owner(7, "host-of-worker-a") == "worker-a"
    named = UrlTarget(["http://h"], workers=["pod-7"], levers=parse_levers(["log=echo {replica}"]))
    assert named.levers is not None
    assert named.levers.owner(7, "pod-7") == "pod-7"


def test_a_replica_that_does_not_come_up_is_named(
    monkeypatch: pytest.MonkeyPatch, operated_target: Operated
) -> None:
    operated_target.options["start"] = "true {replica}"
    target = operated_target.target("kill", "start")
    monkeypatch.setattr("onceproof.conformance.targets.supplied.START_S", 0.3)
    assert target.levers is not None
    target.levers.kill("api-1")
    with pytest.raises(TargetError, match=r"'api-1' is not healthy 0.3 s after --lever start"):
        target.levers.start("api-1")


def test_a_command_that_fails_is_quoted_with_its_last_words() -> None:
    options = ["kill=echo no such pod {replica} >&2; exit 3", "start=true {replica}"]
    levers = UrlTarget(["http://h"], levers=parse_levers(options)).levers
    assert levers is not None
    with pytest.raises(
        TargetError, match=r"--lever kill: '.*api-1.*' ended with status 3: no such pod api-1"
    ):
        levers.kill("api-1")


def test_a_command_that_hangs_is_ended() -> None:
    from onceproof.conformance.targets.supplied import SuppliedLevers

    target = UrlTarget(["http://h"])
    hanging = parse_levers(["log=sleep 60; echo {replica}"])
    with pytest.raises(TargetError, match=r"--lever log of replica 'api-1': .*more than 0.2 s"):
        SuppliedLevers(hanging, target.replicas, limit_s=0.2).log("api-1")


def test_a_name_with_a_space_stays_one_word() -> None:
    options = ["log=printf '%s|' {replica} '${x}' '{}'"]
    target = UrlTarget(["http://h"], workers=["my worker"], levers=parse_levers(options))
    assert target.levers is not None
    assert target.levers.log("my worker") == "my worker|${x}|{}|"


def test_a_lever_may_be_a_function() -> None:
    pulled: list[tuple[str, str]] = []

    def kill(replica: str, limit_s: float) -> str | None:
        pulled.append(("kill", replica))
        return None

    def start(replica: str, limit_s: float) -> str | None:
        pulled.append(("start", replica))
        return None

    target = UrlTarget(["http://h"], workers=["w"], levers={"kill": kill, "start": start})
    levers = target.levers
    assert levers is not None
    levers.kill("w")
    assert not levers.alive("w")
    levers.start("w")
    assert levers.alive("w")
    assert pulled == [("kill", "w"), ("start", "w")]


def test_a_lever_that_is_missing_is_named() -> None:
    levers = UrlTarget(["http://h"], levers=parse_levers(["log=echo {replica}"])).levers
    assert levers is not None
    with pytest.raises(MissingLever, match="no lever 'kill' on the target; give it with --lever"):
        levers.kill("api-1")
    levers.resume("api-1")  # nothing was paused, so nothing is missing


def test_an_unknown_replica_is_refused() -> None:
    levers = UrlTarget(["http://h"], levers=parse_levers(["log=echo {replica}"])).levers
    assert levers is not None
    with pytest.raises(TargetError, match="no replica 'api-2'; it has api-1"):
        levers.log("api-2")


def test_a_url_without_levers_gives_no_hand() -> None:
    assert UrlTarget(["http://h"]).levers is None


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["kil=x {replica}"], r"'kil=x {replica}' names no lever; the levers are kill, pause"),
        (["kill"], r"--lever kill has no command; write --lever kill='COMMAND {replica}'"),
        (["kill= "], r"--lever kill has no command"),
        (["kill=reboot"], r"--lever kill='reboot' does not say which replica; write {replica}"),
        (["kill=x {replica}"], r"--lever kill needs --lever start"),
        (["pause=x {replica}"], r"--lever pause needs --lever resume"),
        (["log=x {replica}", "log=y {replica}"], r"--lever log is given twice"),
    ],
)
def test_levers_that_cannot_be_used_are_refused(options: list[str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        parse_levers(options)


def test_replicas_may_be_called_as_their_operator_calls_them() -> None:
    target = UrlTarget(["pod-a=http://h:1/", "http://h:2", "http://h:3/x/a=b"])
    assert [replica.name for replica in target.replicas] == ["pod-a", "api-2", "api-3"]
    assert target.urls == ["http://h:1", "http://h:2", "http://h:3/x/a=b"]


def test_names_that_two_replicas_bear_are_refused() -> None:
    with pytest.raises(UsageError, match="'api-1' is the name of two replicas"):
        UrlTarget(["http://h"], workers=["api-1"])
