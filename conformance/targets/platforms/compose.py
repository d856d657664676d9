"""Docker Compose: containers of a project by the labels that Compose gives them.

Everything is asked of `docker`, so the project may have been started by either Compose, the plugin
or docker-compose, and from any folder. A container is called by its service and its number there:
api-1, worker-2.
"""

from collections.abc import Iterable, Mapping, Sequence

import httpx

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.stacks.levers import Service
from onceproof.conformance.stacks.ports import is_ours
from onceproof.conformance.targets.addresses import BaseUrl, parse_urls
from onceproof.conformance.targets.platforms.containers import (
    Binding,
    Container,
    ContainerLevers,
    inspect,
)
from onceproof.conformance.targets.platforms.found import (
    Found,
    demand_servers,
    describe,
    make_replicas,
)
from onceproof.conformance.targets.platforms.program import Program
from onceproof.conformance.targets.platforms.roles import Seen, register_settings, tell_apart
from onceproof.conformance.targets.platforms.services import ContainerService

_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_NUMBER = "com.docker.compose.container-number"
_ONE_OFF = "com.docker.compose.oneoff"
_KNOWN = {
    "permission denied": "this user may not talk to the Docker engine: add it to the group docker, "
    "or run onceproof as one who may",
    "cannot connect to the docker daemon": "no Docker engine answers: start it, or say where it is "
    "by DOCKER_HOST",
    "no such container": "a container of the project is gone: bring it back with `docker compose "
    "up -d`, and start again if it has another name then",
}
_LOCAL = "127.0.0.1"
_EVERYWHERE = ("", "0.0.0.0", "::")
_HERE = (_LOCAL, "localhost", "::1")
_TIMINGS = ("LEASE_MS", "HEARTBEAT_MS", "SWEEP_MS")
#: Where an Agent Server listens in its container.
_USUAL_PORT = "8000/tcp"


def survey(project: str, urls: Sequence[str], workers: Sequence[str]) -> Found:
    """Return what runs of a Compose project; see `platforms.survey`."""
    where = f"compose project {project!r}"
    engine = Program("docker", f"--levers compose:{project}", _KNOWN)
    containers = {_name(each): each for each in _list_running(engine, project)}
    seen = [_see(name, container) for name, container in sorted(containers.items())]
    given = parse_urls(urls)
    serving = [each.name for each in given if each.option != each.url and each.name in containers]
    kinds = tell_apart(where, seen, workers, serving)
    demand_servers(where, kinds)
    ways = _Ways(
        where, {name: containers[name] for name, kind in kinds.items() if kind in ("api", "all")}
    )
    reached = ways.match(given) if given else ways.publish(containers, kinds)
    replicas = make_replicas(kinds, reached)
    names = {each.name: containers[each.name].name.lstrip("/") for each in replicas}
    return Found(
        says=describe(where, kinds, {}),
        urls=ways.options(reached, given),
        replicas=replicas,
        levers=ContainerLevers(engine, names, reached).as_mapping(),
        witness_address=_find_gateway(containers[each.name] for each in replicas),
        services=_hold_services(engine, containers, kinds),
        settings=_read_timings(containers[each.name] for each in replicas),
    )


class _Ways:
    """How the replicas with the API are reached: each by a port of its own, or by a gateway."""

    def __init__(self, where: str, serving: Mapping[str, Container]) -> None:
        self._where = where
        self._serving = serving

    def match(self, given: Sequence[BaseUrl]) -> dict[str, str]:
        """Return by replica the URL that leads to it; those that lead to none are gateways."""
        found: dict[str, str] = {}
        for each in given:
            if each.option != each.url and each.name in self._serving:
                found[each.name] = each.url
            elif name := self._publisher(each.url):
                found[name] = each.url
        return found

    def publish(
        self, containers: Mapping[str, Container], kinds: Mapping[str, str]
    ) -> dict[str, str]:
        """Return by replica the URL of its published port; UsageError if no replica has one."""
        ports = {name: port for name, one in self._serving.items() if (port := _find_port(one))}
        for name, port in ports.items():
            self._check_port(name, port)
        if ports:
            return {name: f"http://{_host(port)}:{port.host_port}" for name, port in ports.items()}
        raise UsageError(
            f"{self._where} publishes no port of {', '.join(self._serving)}: "
            + _advise(name for name, kind in kinds.items() if _is_gateway(kind, containers[name]))
        )

    def options(self, reached: Mapping[str, str], given: Sequence[BaseUrl]) -> tuple[str, ...]:
        """Return the URLs as `--url` says them, those of replicas first."""
        named = [f"{name}={url}" for name, url in reached.items()]
        others = [each.option for each in given if each.url not in reached.values()]
        return (*named, *others)

    def _publisher(self, url: str) -> str | None:
        parsed = httpx.URL(url)
        if parsed.host not in _HERE:
            return None
        for name, container in self._serving.items():
            port = _find_port(container)
            if port is not None and port.host_port == str(parsed.port):
                return name
        return None

    def _check_port(self, name: str, port: Binding) -> None:
        """Refuse a port that the engine draws: a replica would come back at another's address."""
        if not port.host_port.isdecimal() or port.host_port == "0":
            raise UsageError(
                f"{self._where}: {name!r} is published on whichever port is free when it starts "
                f"({port.host_port or 'any'}), so it may come back at another address: publish a "
                "fixed port for each replica, or name a gateway before them by --url"
            )


def _list_running(engine: Program, project: str) -> list[Container]:
    ids = engine.run("ps", "-aq", "--filter", f"label={_PROJECT}={project}").split()
    if not ids:
        raise TargetError(
            f"there is no compose project {project!r} on this engine; {_list_projects(engine)}"
        )
    containers = [each for each in inspect(engine, ids) if each.labels.get(_ONE_OFF) != "True"]
    running = [each for each in containers if each.state.running]
    if not running:
        raise TargetError(
            f"no container of compose project {project!r} runs: start them with "
            f"`docker compose -p {project} up -d`"
        )
    return running


def _list_projects(engine: Program) -> str:
    listed = engine.run("ps", "-a", "--format", f'{{{{.Label "{_PROJECT}"}}}}').split()
    known = ", ".join(sorted(set(listed)))
    return f"it has {known}" if known else "start one with `docker compose -p PROJECT up -d`"


def _name(container: Container) -> str:
    return f"{container.labels.get(_SERVICE, '')}-{container.labels.get(_NUMBER, '1')}"


def _see(name: str, container: Container) -> Seen:
    config = container.config
    command = (*(config.entrypoint or ()), *(config.cmd or ()))
    register_settings(command, dict(each.partition("=")[::2] for each in config.env or ()))
    ports = config.exposed_ports or {}
    return Seen(
        name=name,
        group=container.labels.get(_SERVICE, ""),
        image=config.image,
        command=command,
        variables=frozenset(each.partition("=")[0] for each in config.env or ()),
        ports=frozenset(int(port.partition("/")[0]) for port in ports),
        is_published=_find_port(container) is not None,
    )


def _find_port(container: Container) -> Binding | None:
    """Return where its port is published: the usual one of such servers, or else its lowest."""
    wanted = container.host_config.port_bindings or {}
    order = sorted(wanted, key=lambda port: (port != _USUAL_PORT, port))
    return next((bound[0] for port in order if (bound := wanted[port])), None)


def _host(port: Binding) -> str:
    if port.host_ip in _EVERYWHERE:
        return _LOCAL
    return f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip


def _is_gateway(kind: str, container: Container) -> bool:
    return kind in ("gateway", "other") and _find_port(container) is not None


def _advise(gateways: Iterable[str]) -> str:
    before = " or ".join(gateways)
    if before:
        return f"say by --url how they are reached, maybe through {before}"
    return "publish one in compose.yaml, or say by --url how they are reached"


def _hold_services(
    engine: Program, containers: Mapping[str, Container], kinds: Mapping[str, str]
) -> dict[str, Service]:
    """Return hands on Postgres and Redis; not where there are several, of which one may be any."""
    held: dict[str, Service] = {}
    for service in ("postgres", "redis"):
        names = [
            containers[name].name.lstrip("/") for name, kind in kinds.items() if kind == service
        ]
        if len(names) == 1:
            held[service] = ContainerService(engine, names[0])
    return held


def _read_timings(containers: Iterable[Container]) -> dict[str, str]:
    variables = (each for container in containers for each in container.config.env or ())
    pairs = (each.partition("=")[::2] for each in variables)
    return {name: value for name, value in pairs if name in _TIMINGS}


def _find_gateway(containers: Iterable[Container]) -> str | None:
    """Return the address of this machine that containers of these networks reach."""
    for container in containers:
        for network in (container.network_settings.networks or {}).values():
            if network.gateway and is_ours(network.gateway):
                return network.gateway
    return None
