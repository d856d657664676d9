"""A deployment of containers: started, told, broken, mended, and gone at the end."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from engine import PYTHON_IMAGE, labelled, needs_engine

from conformance.errors import StackError, TargetError, UsageError
from conformance.history import Recorder
from conformance.options import Options
from conformance.stacks import open_stack
from conformance.stacks.network import ContainerNetwork
from conformance.stacks.sweeper import LABEL
from conformance.stacks.waiting import wait_until
from conformance.targets.container import INSIDE
from conformance.targets.image import ImageTarget
from conformance.witness import Sink

STANDIN = Path(__file__).parent / "standin.py"
SERVE = f"python3 {INSIDE}/standin.py --host 0.0.0.0 --port 8000"

Make = Callable[..., ImageTarget]


@pytest.fixture(scope="module")
def network() -> Iterator[ContainerNetwork]:
    made = ContainerNetwork()
    made.start()
    yield made
    made.stop()
    assert labelled(f"{LABEL}={made.labels[LABEL]}") == []


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    """A folder of probes with the stand-in server in it; its langgraph.json."""
    folder = tmp_path / "probes"
    folder.mkdir(mode=0o700)
    shutil.copy(STANDIN, folder)
    (folder / STANDIN.name).chmod(0o600)
    (folder / "langgraph.json").write_text("{}")
    return folder / "langgraph.json"


@pytest.fixture
def make(network: ContainerNetwork, probes: Path, tmp_path: Path) -> Iterator[Make]:
    made: list[ImageTarget] = []

    def build(command: str = SERVE, **more: Any) -> ImageTarget:
        env = {"LANGGRAPH_CONFIG_PATH": str(probes), **more.pop("env", {})}
        stack, image = open_stack("none", tmp_path, {}), more.pop("image", PYTHON_IMAGE)
        more = {"stop_s": 3.0, **more}
        made.append(ImageTarget(image, stack, network, tmp_path, command=command, env=env, **more))
        return made[-1]

    yield build
    for target in made:
        target.stop()


@needs_engine
def test_its_replicas_are_healthy_told_and_known_by_their_digest(make: Make) -> None:
    target = make(f"{SERVE} --role {{role}}", env={"SAYS": "I am {role}, {like} this"})
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
def test_without_a_role_all_replicas_do_everything(make: Make) -> None:
    target = make(api_replicas=2)
    target.start()
    assert [(each.name, each.role) for each in target.replicas] == [
        ("all-1", "all"),
        ("all-2", "all"),
    ]


@needs_engine
def test_the_harness_is_reached_from_inside(
    make: Make, network: ContainerNetwork, tmp_path: Path
) -> None:
    with (
        Recorder(tmp_path / "h.jsonl") as history,
        Sink(history, host=network.address) as sink,
    ):
        target = make(f"{SERVE} --call {sink.url}/once")
        # The sink takes no GET, so it has answered.
        with pytest.raises(TargetError, match="HTTP Error 405"):
            target.start()


@needs_engine
def test_a_replica_is_killed_started_paused_and_resumed(make: Make, tmp_path: Path) -> None:
    target = make()
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
def test_terminating_tells_the_exit_status(make: Make) -> None:
    target = make()
    target.start()
    assert target.levers is not None
    assert target.levers.terminate("all-1", 10) == 7
    assert target.levers.terminate("all-1", 0) == 7


@needs_engine
def test_one_that_does_not_end_in_time_still_runs(make: Make) -> None:
    target = make(f"{SERVE} --deaf", stop_s=0.2)
    target.start()
    assert target.levers is not None
    assert target.levers.terminate("all-1", 0.3) is None
    assert target.levers.alive("all-1")


@needs_engine
def test_a_server_that_kills_itself_is_down(make: Make) -> None:
    """A first process of a container is spared its own SIGKILL: an init has to stand before it."""
    target = make("sh -c 'kill -9 $$'")
    with pytest.raises(TargetError, match="'all-1' exited with status 137"):
        target.start()


@needs_engine
def test_an_execution_is_told_by_its_host(make: Make) -> None:
    target = make(api_replicas=2)
    target.start()
    assert target.levers is not None
    hosts = [httpx.get(f"{url}/environ").json()["HOSTNAME"] for url in target.urls]
    assert [target.levers.owner(7, host) for host in hosts] == ["all-1", "all-2"]
    assert target.levers.owner(7, None) is None
    assert target.levers.owner(os.getpid(), "elsewhere") is None


@needs_engine
@pytest.mark.skipif(not Path("/proc").exists(), reason="processes of an engine elsewhere")
def test_its_processes_are_seen(make: Make) -> None:
    target = make()
    target.start()
    assert target.levers is not None
    told = [Path(f"/proc/{pid}/cmdline").read_text() for pid in target.levers.pids("all-1")]
    assert any("standin.py" in words for words in told)
    target.levers.kill("all-1")
    assert target.levers.pids("all-1") == []


@needs_engine
def test_probes_are_copied_anew_at_each_start(make: Make, probes: Path) -> None:
    """As a test does that changes the configuration between two starts."""
    target = make("sh -c 'cat $LANGGRAPH_CONFIG_PATH; exec " + SERVE + "'")
    target.start()
    levers = target.levers
    assert levers is not None
    probes.write_text('{"changed": true}')
    levers.kill("all-1")
    levers.start("all-1")
    assert '{"changed": true}' in levers.log("all-1")


@needs_engine
def test_a_path_of_the_image_stays_as_it_is(make: Make) -> None:
    target = make(f"cat {INSIDE}/standin.py", env={"LANGGRAPH_CONFIG_PATH": "/own/langgraph.json"})
    with pytest.raises(TargetError, match="No such file"):
        target.start()


@needs_engine
def test_one_that_exits_early_is_quoted_and_nothing_is_left(
    make: Make, network: ContainerNetwork
) -> None:
    target = make(f"{SERVE} --exit 3")
    with pytest.raises(TargetError, match=r"'all-1' exited with status 3 .*reach the database"):
        target.start()
    assert labelled(f"{LABEL}={network.labels[LABEL]}") == [network.network.name]


@needs_engine
def test_one_that_listens_elsewhere_is_given_up(make: Make) -> None:
    target = make(f"{SERVE} --shift 1", start_s=1.0)
    with pytest.raises(TargetError, match=r"on port 8000 of its container within 1 s .*serving"):
        target.start()


@needs_engine
def test_an_image_that_cannot_be_had_is_named(make: Make) -> None:
    target = make(image="127.0.0.1:1/absent:1")
    with pytest.raises(TargetError, match=r"--image '127.0.0.1:1/absent:1' is not here and cannot"):
        target.start()


@needs_engine
def test_a_program_that_is_not_in_the_image_is_told(make: Make) -> None:
    target = make("no-such-server")
    with pytest.raises(TargetError, match=r"'all-1' .*(no-such-server|status 127)"):
        target.start()


HARNESS = """
import os, sys
from pathlib import Path
from conformance.stacks import open_stack
from conformance.stacks.network import ContainerNetwork
from conformance.targets.image import ImageTarget

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
        assert len(labelled(label)) == 2
        os.kill(ours.pid, signal.SIGKILL)
    assert wait_until(lambda: labelled(label) == [], 30, 0.2)


@needs_engine
def test_an_address_that_is_not_this_machines_is_refused() -> None:
    network = ContainerNetwork("192.0.2.77")
    with pytest.raises(StackError, match=r"'192.0.2.77', which is none of its .*--witness-address"):
        network.start()
    assert labelled(f"{LABEL}={network.labels[LABEL]}") == []


def test_no_engine_names_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(StackError, match=r"--image found no container engine .*start Docker"):
        ContainerNetwork().start()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"urls": ("http://h",)}, "--url and --image exclude each other"),
        ({"stack": "embedded"}, "--stack embedded listens where a container does not reach it"),
        ({"env": ("=x",)}, "--env '=x' names no variable"),
        ({"env": ("NOT_SET",)}, "--env NOT_SET is not set in the environment"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        Options(image="i", environ={}, **options)


def test_an_image_stands_on_containers_unless_told_otherwise() -> None:
    uris = {"DATABASE_URI": "postgres://h/d", "REDIS_URI": "redis://h"}
    assert Options(image="i", environ={}).stack_kind() == "containers"
    assert Options(image="i", environ=uris).stack_kind() == "external"
    assert Options(image="i", stack="none", environ=uris).stack_kind() == "none"


def test_variables_are_told_with_their_values() -> None:
    made = Options(image="i", env=("A=b=c", "KEY"), environ={"KEY": "secret"})
    assert (made.settings()["A"], made.settings()["KEY"]) == ("b=c", "secret")


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_a_port_that_is_none_is_refused(port: str, tmp_path: Path) -> None:
    stack = open_stack("none", tmp_path, {})
    with pytest.raises(UsageError, match=f"--env PORT='{port}' is no port"):
        ImageTarget("i", stack, ContainerNetwork(), tmp_path, env={"PORT": port})
