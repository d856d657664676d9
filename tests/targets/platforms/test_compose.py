"""A Compose project in our hands, against a `docker` that answers with what was recorded."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance import cli
from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.errors import UNAVAILABLE, USAGE, TargetError, UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.stacks import StackLevers
from onceproof.conformance.targets import Replica, UrlTarget
from onceproof.conformance.targets.platforms import survey
from onceproof.conformance.targets.platforms.found import Found
from tests.targets.platforms.conftest import Recorded

API = "http://127.0.0.1:8723"


def find(*urls: str, workers: tuple[str, ...] = ()) -> Found:
    return survey("compose:agents", urls, workers)


def hold(*urls: str) -> Any:
    found = find(*urls)
    levers = UrlTarget([*found.urls], replicas=found.replicas, levers=found.levers).levers
    assert levers is not None
    return levers


def change(docker: Recorded, service: str, act: Callable[[Any], object]) -> None:
    items = docker.items
    for each in items:
        if each["Config"]["Labels"]["com.docker.compose.service"] == service:
            act(each)
    docker.items = items


def twin(container: Any) -> Any:
    """The second container of a service."""
    second = copy.deepcopy(container)
    second["Id"] = "f" * 64
    second["Name"] = container["Name"].removesuffix("1") + "2"
    second["Config"]["Labels"]["com.docker.compose.container-number"] = "2"
    return second


def add_api(docker: Recorded, port: str | None) -> None:
    """Scale the API to two, the second one published on `port`."""
    [first] = [one for one in docker.items if one["Name"] == "/agents_api_1"]
    second = twin(first)
    bound = {"8000/tcp": [{"HostIp": "", "HostPort": port}]} if port else {}
    second["HostConfig"]["PortBindings"] = bound
    docker.items = [*docker.items, second]


def test_who_is_who_is_said_in_one_line(docker: Recorded) -> None:
    add_api(docker, "8724")
    found = find()
    assert found.says == (
        "compose project 'agents': 2 API replicas (api-1, api-2), 2 workers (worker-1, worker-2), "
        "postgres, redis"
    )
    assert found.urls == (f"api-1={API}", "api-2=http://127.0.0.1:8724")
    assert found.replicas[0] == Replica("api-1", "api", API, API)
    assert [each.role for each in found.replicas] == ["api", "api", "worker", "worker"]


def test_a_url_of_a_published_port_is_of_that_replica(docker: Recorded) -> None:
    assert find("http://localhost:8723").replicas[0].url == "http://localhost:8723"


def test_a_url_of_nobodys_port_is_a_gateway_before_all_of_them(docker: Recorded) -> None:
    add_api(docker, None)
    found = find("https://agents.example/one")
    assert found.urls == ("https://agents.example/one",)
    assert [(each.name, each.url) for each in found.replicas if each.role == "api"] == [
        ("api-1", None),
        ("api-2", None),
    ]


def test_options_take_what_was_found(docker: Recorded) -> None:
    options = Options(platform="compose:agents", environ={})
    assert options.urls == (f"api-1={API}",)
    assert options.stack_kind() == "none"
    assert options.found is not None
    again = Options(platform="compose:agents", urls=options.urls, environ={})
    assert again.found is not None
    assert (again.urls, again.found.replicas) == (options.urls, options.found.replicas)


@pytest.mark.parametrize("service", ["api", "worker"])
def test_a_killed_container_is_down_until_it_is_started(docker: Recorded, service: str) -> None:
    levers, name = hold("http://gateway:80"), f"{service}-1"
    levers.kill(name)
    assert not levers.alive(name)
    levers.kill(name)  # nothing is left to kill
    levers.start(name)
    assert levers.alive(name)
    assert docker.asked("kill") == [f"kill agents_{service}_1"]
    assert docker.asked("start") == [f"start agents_{service}_1"]


def test_an_orderly_end_has_its_exit_status_and_no_sigkill(docker: Recorded) -> None:
    assert hold().terminate("worker-1", 5) == 143
    assert docker.asked("kill") == ["kill --signal TERM agents_worker_1"]
    assert docker.asked("stop") == []


def test_a_paused_container_is_alive(docker: Recorded) -> None:
    levers = hold()
    levers.pause("worker-2")
    assert levers.alive("worker-2")
    levers.resume("worker-2")
    assert docker.asked("unpause") == ["unpause agents_worker_2"]


def test_its_host_name_tells_whose_execution_it_was(docker: Recorded) -> None:
    levers = hold()
    hostname = docker.items[0]["Config"]["Hostname"]
    assert levers.owner(7, hostname) == "api-1"
    assert levers.owner(7, "elsewhere") is None


def test_a_log_has_both_outputs_and_processes_of_other_machines_are_left_out(
    docker: Recorded,
) -> None:
    levers = hold()
    assert levers.log("worker-1") == "on one output\non the other\n"
    assert levers.pids("worker-1") == []  # process 1 of this machine is of no container


def test_a_container_that_ends_at_once_is_named(docker: Recorded, tmp_path: Path) -> None:
    levers = hold()
    levers.kill("worker-1")
    script = tmp_path / "docker"
    script.write_text(script.read_text().replace("exec", '[ "$1" = start ] && exit 0\nexec'))
    with pytest.raises(TargetError, match=r"'worker-1' ended with status 137 .* `docker logs"):
        levers.start("worker-1")


def test_timings_that_verdicts_do_not_go_by_are_said(docker: Recorded) -> None:
    found = find()
    assert found.describe_other_settings({"LEASE_MS": "2000", "SWEEP_MS": "500"}) == []
    [said] = found.describe_other_settings({"LEASE_MS": "9000", "OTHER": "1"})
    assert said.startswith("LEASE_MS is 2000 there, but 9000 is what is waited for: set it so")


def test_postgres_and_redis_are_in_our_hands_too(docker: Recorded) -> None:
    levers = StackLevers(find().services)
    levers.kill("postgres")
    assert not levers.alive("postgres")
    levers.start("postgres")
    levers.pause("redis")
    levers.pause("redis")
    levers.resume("redis")
    levers.resume("redis")
    assert levers.alive("redis")
    assert docker.asked("kill") == ["kill agents_postgres_1"]
    assert docker.asked("unpause") == ["unpause agents_redis_1"]


def test_of_two_postgres_none_is_broken(docker: Recorded) -> None:
    docker.items = [
        *docker.items,
        *(twin(one) for one in docker.items if "postgres" in one["Name"]),
    ]
    assert find().services.keys() == {"redis"}
    assert not find().has_stack


def test_chaos_has_their_faults_where_they_are_found(docker: Recorded) -> None:
    options = Options(platform="compose:agents", exclusive=True, environ={})
    assert {"postgres-killed", "redis-restarted", "ack-lost"} <= set(Plan(options, 1).faults)
    with pytest.raises(UsageError, match="--fault postgres-slow cannot be played"):
        Plan(options, 1, faults=("postgres-slow",))


@pytest.mark.parametrize("command", ["certify", "chaos", "bench", "doctor"])
@pytest.mark.parametrize(
    ("option", "status"), [("compose:agent", UNAVAILABLE), ("swarm:agents", USAGE)]
)
def test_every_command_ends_with_one_sentence(
    docker: Recorded, command: str, option: str, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--levers", option])
    assert ended.value.code == status
    assert capsys.readouterr().err.count("\n") == 1


# -- what is unclear, or is not there ----------------------------------------------------


def test_a_server_of_unclear_role_is_asked_about(docker: Recorded) -> None:
    def hide(container: Any) -> None:
        container["Config"]["Labels"]["com.docker.compose.service"] = "runner"
        container["Config"]["Cmd"] = None

    change(docker, "worker", hide)
    with pytest.raises(UsageError, match=r"whether 'runner-1' serves .* --worker runner-1, or by"):
        find()
    assert "2 workers (runner-1, runner-2)" in find(workers=("runner-1", "runner-2")).says


def test_servers_of_one_service_do_everything(docker: Recorded) -> None:
    docker.items = [one for one in docker.items if "worker" not in one["Name"]]
    assert [(each.name, each.role) for each in find().replicas] == [("api-1", "all")]


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("8723-8724", r"on whichever port is free when it starts \(8723-8724\), .*publish a fixed"),
        ("", r"when it starts \(any\)"),
    ],
)
def test_a_port_that_is_drawn_is_refused(docker: Recorded, port: str, sentence: str) -> None:
    def draw(container: Any) -> None:
        container["HostConfig"]["PortBindings"]["8000/tcp"][0]["HostPort"] = port

    change(docker, "api", draw)
    with pytest.raises(UsageError, match=sentence):
        find()


def test_servers_that_publish_nothing_need_a_url(docker: Recorded) -> None:
    change(docker, "api", lambda one: one["HostConfig"].update(PortBindings={}))
    with pytest.raises(UsageError, match=r"publishes no port of api-1: .* say by --url"):
        find()


def test_databases_alone_are_no_deployment(docker: Recorded) -> None:
    docker.items = [one for one in docker.items if "redis" in one["Name"] or "pos" in one["Name"]]
    with pytest.raises(UsageError, match=r"no container that looks like an Agent Server .* of po"):
        find()


def test_another_project_is_named(docker: Recorded) -> None:
    with pytest.raises(TargetError, match="no compose project 'agent' on this engine; it has agen"):
        survey("compose:agent", (), ())


def test_a_project_that_is_down_is_to_be_started(docker: Recorded) -> None:
    docker.items = [{**one, "State": {"Running": False, "ExitCode": 0}} for one in docker.items]
    with pytest.raises(TargetError, match="runs: start them with `docker compose -p agents up -d`"):
        find()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Got permission denied while trying to connect to the socket", "add it to the group dock"),
        ("Cannot connect to the Docker daemon at unix:///x", "no Docker engine answers: start it"),
        ("something else", r"--levers compose:agents: 'docker ps .*' failed: something else"),
    ],
)
def test_what_docker_refuses_is_said_in_a_sentence(
    docker: Recorded, said: str, sentence: str
) -> None:
    docker.refuse(said)
    with pytest.raises(TargetError, match=sentence):
        find()


def test_without_docker_the_manual_form_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TargetError, match=r"needs the program docker, .*or give each lever as a"):
        find()


def test_a_container_that_is_gone_is_named(docker: Recorded) -> None:
    levers = hold()
    docker.items = [one for one in docker.items if one["Name"] != "/agents_worker_1"]
    assert not levers.alive("worker-1")
    with pytest.raises(TargetError, match="a container of the project is gone: bring it back"):
        levers.pause("worker-1")


@pytest.mark.parametrize("option", ["compose", "compose:", "swarm:agents", "agents"])
def test_what_names_no_platform_is_refused(option: str) -> None:
    with pytest.raises(UsageError, match="write compose:PROJECT or kubernetes:NAMESPACE/SELECTOR"):
        survey(option, (), ())


@pytest.mark.parametrize("more", [{"command": "x --port {port}"}, {"image": "x"}])
def test_levers_are_not_for_what_is_started_here(more: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="--levers is for a server that runs already"):
        Options(platform="compose:agents", environ={}, **more)
