"""Kubernetes: pods of a namespace by a label selector, through kubectl and whatever it is given.

A replica is a place that a pod holds: api-1, worker-2. When its pod is deleted, the Deployment
makes another one, of another name, which takes the place. How the API is reached from here, nothing
in the cluster says: `--url` names its Service or Ingress.
"""

from collections.abc import Sequence

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.targets.platforms.found import (
    Found,
    demand_servers,
    describe,
    make_replicas,
)
from onceproof.conformance.targets.platforms.pods import Pod, PodLevers, Pods
from onceproof.conformance.targets.platforms.program import Program
from onceproof.conformance.targets.platforms.roles import Seen, register_settings, tell_apart

_UNREACHABLE = "the cluster does not answer: look at `kubectl cluster-info`"
_KNOWN = {
    "forbidden": "kubectl's user may not do this: it has to get, delete and exec into pods and to "
    "read their logs",
    "unable to connect to the server": _UNREACHABLE,
    "connection to the server": _UNREACHABLE,
    "current-context is not set": "kubectl knows no cluster: choose one with `kubectl config "
    "use-context`, or by KUBECONFIG",
}


def survey(place: str, urls: Sequence[str], workers: Sequence[str]) -> Found:
    """Return what runs in NAMESPACE of the pods that SELECTOR selects; see `platforms.survey`."""
    namespace, slash, selector = place.partition("/")
    option = f"--levers kubernetes:{place}"
    if not (namespace and slash and selector):
        raise UsageError(
            f"{option!r} names no pods: write kubernetes:NAMESPACE/SELECTOR, "
            "like kubernetes:agents/app=agent-server"
        )
    if not urls:
        raise UsageError(f"{option!r} needs --url: the address of the pods' Service or Ingress")
    where = f"namespace {namespace!r}, pods {selector!r}"
    pods = Pods(Program("kubectl", option, _KNOWN), namespace, selector)
    running = [pod for pod in pods.list_pods() if pod.is_running]
    if not running:
        raise TargetError(f"no pod runs in {where}: correct the selector, or start the deployment")
    return _take(where, pods, running, [*urls], workers)


def _take(
    where: str, pods: Pods, running: Sequence[Pod], urls: list[str], workers: Sequence[str]
) -> Found:
    seen = [_see(pod) for pod in running]
    named = [each.name for each in parse_urls(urls) if each.option != each.url]
    by_pod = {pod.metadata.name: pod for pod in running}
    addresses = {each.name: each.url for each in parse_urls(urls) if each.name in by_pod}
    kinds = tell_apart(where, seen, workers, [name for name in named if name in by_pod])
    demand_servers(where, kinds)
    places = _assign_places(kinds)
    by_place = {place: kinds[name] for name, place in places.items()}
    reached = {places[name]: url for name, url in addresses.items()}
    replicas = make_replicas(by_place, reached)
    held = {places[name]: by_pod[name] for name in places}
    return Found(
        says=describe(where, kinds, {pod: f"{place} = {pod}" for pod, place in places.items()}),
        urls=tuple(_option(each.name, each.option, places) for each in parse_urls(urls)),
        replicas=replicas,
        levers=PodLevers(pods, held).as_mapping(),
    )


def _assign_places(kinds: dict[str, str]) -> dict[str, str]:
    """Name the place of each server's pod, in the order of their names."""
    counts = {"api": 0, "worker": 0}
    places: dict[str, str] = {}
    for name in sorted(kinds):
        role = "worker" if kinds[name] == "worker" else "api"
        if kinds[name] in ("api", "all", "worker"):
            counts[role] += 1
            places[name] = f"{role}-{counts[role]}"
    return places


def _option(name: str, option: str, places: dict[str, str]) -> str:
    _, equals, url = option.partition("=")
    return f"{places[name]}={url}" if equals and name in places else option


def _see(pod: Pod) -> Seen:
    container = pod.spec.containers[0]
    command = (*(container.command or ()), *(container.args or ()))
    register_settings(command, {each.name: each.value or "" for each in container.env or ()})
    return Seen(
        name=pod.metadata.name,
        group=pod.owner_name,
        image=container.image,
        command=command,
        variables=frozenset(each.name for each in container.env or ()),
        ports=frozenset(each.container_port for each in container.ports or ()),
        is_selected=True,
    )
