"""Pods in our hands, against a `kubectl` that answers with what was recorded."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.targets import Replica, UrlTarget
from onceproof.conformance.targets.platforms import pods, survey
from onceproof.conformance.targets.platforms.found import Found
from tests.targets.platforms.conftest import Recorded

PLACE = "kubernetes:agents/app=agents"
URL = "https://agents.example"
WORKER = "agents-worker-7d9c5b8f6c-9xv2t"


def find(*urls: str, workers: tuple[str, ...] = ()) -> Found:
    return survey(PLACE, urls or (URL,), workers)


def hold() -> Any:
    found = find()
    return UrlTarget([*found.urls], replicas=found.replicas, levers=found.levers).levers


def test_pods_have_places_and_are_asked_for_by_namespace_and_selector(kubectl: Recorded) -> None:
    found = find()
    assert found.says == (
        "namespace 'agents', pods 'app=agents': 1 API replica (api-1 = agents-api-6c9f7d5b4d-4kqzl)"
        f", 2 workers (worker-1 = {WORKER}, worker-2 = agents-worker-7d9c5b8f6c-m8d4h)"
    )
    assert found.replicas == (
        Replica("api-1", "api", None),
        Replica("worker-1", "worker", None),
        Replica("worker-2", "worker", None),
    )
    assert found.urls == (URL,)
    assert kubectl.asked("get") == [
        "--namespace agents get pods --selector app=agents --output json"
    ]


def test_a_url_may_be_of_one_pod(kubectl: Recorded) -> None:
    found = find(f"agents-api-6c9f7d5b4d-4kqzl={URL}")
    assert found.urls == (f"api-1={URL}",)
    assert found.replicas[0] == Replica("api-1", "api", URL, URL)


def test_a_killed_pod_is_replaced_by_its_deployments_next_one(kubectl: Recorded) -> None:
    levers = hold()
    levers.kill("worker-1")
    assert not levers.alive("worker-1")
    levers.start("worker-1")
    assert levers.alive("worker-1")
    assert levers.owner(1, WORKER) is None
    assert levers.owner(1, "agents-worker-7d9c5b8f6c-new02") == "worker-1"
    assert kubectl.asked("delete") == [
        f"--namespace agents delete pod {WORKER} --grace-period=0 --force --wait=false"
    ]


def test_two_places_are_not_filled_by_one_pod(kubectl: Recorded) -> None:
    levers = hold()
    levers.kill("worker-1")
    levers.kill("worker-2")
    with ThreadPoolExecutor() as starting:
        list(starting.map(levers.start, ("worker-1", "worker-2")))
    names = {pod["metadata"]["name"] for pod in kubectl.items["items"] if "new" in str(pod)}
    assert {levers.owner(1, name) for name in names} == {"worker-1", "worker-2"}


def test_a_pod_that_ends_in_order_has_its_status_and_its_own_grace(kubectl: Recorded) -> None:
    levers = hold()
    assert levers.terminate("worker-2", 10) == 0
    assert kubectl.asked("delete") == [
        "--namespace agents delete pod agents-worker-7d9c5b8f6c-m8d4h --wait=false"
    ]
    assert not levers.alive("worker-2")


def test_a_pod_that_does_not_end_is_given_up(
    kubectl: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    levers = hold()
    monkeypatch.setattr(pods.Pod, "exit_status", None)
    monkeypatch.setattr(pods.PodLevers, "_find", lambda self, place: self._held[place])
    assert levers.terminate("worker-2", 0.5) is None


def test_a_pause_reaches_the_servers_container(kubectl: Recorded) -> None:
    levers = hold()
    levers.pause("worker-1")
    levers.resume("worker-1")
    [pause, resume] = kubectl.asked("exec")
    start = f"--namespace agents exec {WORKER} --container server -- sh -c signal=$1; set --"
    assert (pause, resume) == (f"{start} sh STOP", f"{start} sh CONT")


def test_a_server_that_is_process_1_cannot_be_paused_and_that_is_said() -> None:
    """The script itself, where process 1 and it are all there is."""
    alone = pods._SIGNAL_ALL.replace("/proc/[0-9]*", "/proc/1")
    done = subprocess.run(["sh", "-c", alone, "sh", "STOP"], capture_output=True, text=True)
    assert done.returncode == 3
    assert "process 1 of its container, which cannot be paused from within" in done.stderr


def test_all_other_processes_are_signalled() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        one = pods._SIGNAL_ALL.replace("/proc/[0-9]*", f"/proc/1 /proc/{sleeper.pid}")
        subprocess.run(["sh", "-c", one, "sh", "KILL"], check=True)
        assert sleeper.wait(10) == -9


def test_a_log_is_the_servers(kubectl: Recorded) -> None:
    assert hold().log("worker-1") == f"a line of {WORKER}\n"
    assert kubectl.asked("logs") == [f"--namespace agents logs {WORKER} --container server"]


def test_no_replacement_is_named(kubectl: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find()
    kubectl.items = {**kubectl.items, "items": []}
    with pytest.raises(TargetError, match=r"no pod of agents-worker-7d9c5b8f6c is ready to take"):
        found.levers["start"]("worker-1", 0.3)


@pytest.mark.parametrize(
    "place", ["kubernetes:agents", "kubernetes:agents/", "kubernetes:/app=agents"]
)
def test_what_names_no_pods_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="names no pods: write kubernetes:NAMESPACE/SELECTOR"):
        survey(place, (URL,), ())


def test_the_way_in_has_to_be_named(kubectl: Recorded) -> None:
    with pytest.raises(UsageError, match=r"needs --url: the address of the pods' Service"):
        survey(PLACE, (), ())


def test_no_pods_are_named(kubectl: Recorded) -> None:
    kubectl.items = {**kubectl.items, "items": []}
    with pytest.raises(TargetError, match="no pod runs in namespace 'agents', pods 'app=agents'"):
        find()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ('Error from server (Forbidden): pods is forbidden: User "x" cannot', "may not do this"),
        ("The connection to the server localhost:8080 was refused", "does not answer: look at"),
        ('error: namespaces "agents" not found', "'kubectl --namespace agents get' failed: error"),
    ],
)
def test_what_kubectl_refuses_is_said(kubectl: Recorded, said: str, sentence: str) -> None:
    kubectl.refuse(said)
    with pytest.raises(TargetError, match=sentence):
        find()
