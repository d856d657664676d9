"""A deployment of containers: started, configured, broken, healed, and gone at the end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from onceproof.conformance.errors import TargetError
from onceproof.conformance.history import Recorder
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.stacks.sweeper import LABEL
from onceproof.conformance.stacks.waiting import wait_until
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.targets.container import INSIDE
from onceproof.conformance.witness import Sink
from tests.stacks.engines import list_by_label, needs_engine
from tests.targets.images import PYTHON_IMAGE, SERVE, Make


@needs_engine
def test_its_replicas_are_healthy_told_and_known_by_their_digest(make_image: Make) -> None:
    target = make_image(f"{SERVE} --role {{role}}", env={"SAYS": "I am {role}, {like} this"})
    target.start()
    assert [(each.name, each.role) for each in target.replicas] == [
        ("api-1", "api"),
        ("worker-1", "worker"),
    ]
    assert [each.url is None for each in target.replicas] == [False, True]
    environ = httpx.get(f"{target.urls[0]}/environ").json()
    assert environ["SAYS"] == "I am api, {like} this"
    assert environ["LANGGRAPH_CONFIG_PATH"] == f"{INSIDE}/langgraph.json"
    identity = target.identity()
    assert (identity["kind"], identity["strength"]) == ("image", "verified")
    assert identity["version"] == "1.2.3"
    assert identity["image_id"].startswith("sha256:")
    json.dumps(identity)


@needs_engine
def test_without_a_role_all_replicas_do_everything(make_image: Make) -> None:
    target = make_image(counts=ReplicaCounts(2))
    target.start()
    assert [(each.name, each.role) for each in target.replicas] == [
        ("all-1", "all"),
        ("all-2", "all"),
    ]


@needs_engine
def test_the_harness_is_reached_from_inside(
    make_image: Make, network: ContainerNetwork, tmp_path: Path
) -> None:
    with (
        Recorder(tmp_path / "h.jsonl") as history,
        Sink(history, host=network.address) as sink,
    ):
        target = make_image(f"{SERVE} --call {sink.url}/once")
        # The sink takes no GET, so it has answered.
        with pytest.raises(TargetError, match="HTTP Error 405"):
            target.start()


@needs_engine
def test_a_replica_is_killed_started_paused_and_resumed(make_image: Make, tmp_path: Path) -> None:
    target = make_image()
    target.start()
    levers, url = target.levers, target.urls[0]
    assert levers is not None

    levers.kill("all-1")
    assert not levers.alive("all-1")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/ok", timeout=1)
    levers.start("all-1")
    assert httpx.get(f"{url}/ok").status_code == 200

    levers.pause("all-1")
    assert levers.alive("all-1")
    with pytest.raises(httpx.TimeoutException):
        httpx.get(f"{url}/ok", timeout=0.5)
    levers.resume("all-1")
    levers.resume("all-1")
    assert httpx.get(f"{url}/ok").status_code == 200

    assert levers.log("all-1").count("serving as all") == 2
    target.stop()
    assert (tmp_path / "logs/all-1.log").read_text().count("serving as all") == 2


@needs_engine
def test_terminating_tells_the_exit_status(make_image: Make) -> None:
    target = make_image()
    target.start()
    assert target.levers is not None
    assert target.levers.terminate("all-1", 10) == 7
    assert target.levers.terminate("all-1", 0) == 7


@needs_engine
def test_one_that_does_not_end_in_time_still_runs(make_image: Make) -> None:
    target = make_image(f"{SERVE} --deaf", stop_s=0.2)
    target.start()
    assert target.levers is not None
    assert target.levers.terminate("all-1", 0.3) is None
    assert target.levers.alive("all-1")


@needs_engine
def test_a_server_that_kills_itself_is_down(make_image: Make) -> None:
    """A first process of a container is spared its own SIGKILL: an init has to stand before it."""
    target = make_image("sh -c 'kill -9 $$'")
    with pytest.raises(TargetError, match="'all-1' exited with status 137"):
        target.start()


@needs_engine
def test_an_execution_is_told_by_its_host(make_image: Make) -> None:
    target = make_image(counts=ReplicaCounts(2))
    target.start()
    assert target.levers is not None
    hosts = [httpx.get(f"{url}/environ").json()["HOSTNAME"] for url in target.urls]
    assert [target.levers.owner(7, host) for host in hosts] == ["all-1", "all-2"]
    assert target.levers.owner(7, None) is None
    assert target.levers.owner(os.getpid(), "elsewhere") is None


@needs_engine
@pytest.mark.skipif(not Path("/proc").exists(), reason="processes of an engine elsewhere")
def test_its_processes_are_seen(make_image: Make) -> None:
    target = make_image()
    target.start()
    assert target.levers is not None
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in target.levers.pids("all-1")]
    assert any("stand_in_server.py" in words for words in commands)
    target.levers.kill("all-1")
    assert target.levers.pids("all-1") == []


@needs_engine
def test_probes_are_copied_anew_at_each_start(make_image: Make, probes: Path) -> None:
    """As a test does that changes the configuration between two starts."""
    target = make_image("sh -c 'cat $LANGGRAPH_CONFIG_PATH; exec " + SERVE + "'")
    target.start()
    levers = target.levers
    assert levers is not None
    probes.write_text('{"changed": true}')
    levers.kill("all-1")
    levers.start("all-1")
    assert '{"changed": true}' in levers.log("all-1")


@needs_engine
def test_a_path_of_the_image_stays_as_it_is(make_image: Make) -> None:
    target = make_image(
        f"cat {INSIDE}/stand_in_server.py", env={"LANGGRAPH_CONFIG_PATH": "/own/langgraph.json"}
    )
    with pytest.raises(TargetError, match="No such file"):
        target.start()


HARNESS = """
import os, sys
from pathlib import Path
from onceproof.conformance.stacks import open_stack
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.targets.kinds.image import ImageTarget

network = ContainerNetwork()
network.start()
env = {"LANGGRAPH_CONFIG_PATH": sys.argv[3]}
stack = open_stack("none", Path(sys.argv[4]), {})
ImageTarget(sys.argv[1], stack, network, Path(sys.argv[4]), command=sys.argv[2], env=env).start()
print(network.labels["onceproof.run"], flush=True)
sys.stdin.read()
"""


@needs_engine
def test_nothing_is_left_of_a_harness_that_was_killed(probes: Path, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HARNESS, PYTHON_IMAGE, SERVE, str(probes), str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        label = f"{LABEL}={ours.stdout.readline().strip()}"
        assert len(list_by_label(label)) == 2
        os.kill(ours.pid, signal.SIGKILL)
    assert wait_until(lambda: list_by_label(label) == [], 30, 0.2)
