"""A deployment that we start from a container image, as replicas in a network with the stack."""

import atexit
import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker.errors

from conformance.errors import TargetError, UsageError
from conformance.stacks import Stack
from conformance.stacks.engine import reason
from conformance.stacks.network import ContainerNetwork
from conformance.stacks.uris import redact_words
from conformance.targets.base import Levers, Replica
from conformance.targets.container import Contents, ReplicaContainer
from conformance.targets.health import client_for, document, version_of
from conformance.targets.process import wait_healthy
from conformance.targets.template import replica_names

START_S = 90.0
STOP_S = 10.0
PORT = 8000
CONFIG = "LANGGRAPH_CONFIG_PATH"
_INFO_S = 5.0


class ImageTarget:
    """Containers of `image` in `network`, on `stack`; their logs end in `folder`/logs.

    `command` is what they are given instead of the image's own. With `{role}` in it, or in a
    value of `env`, there are `api_replicas` of role api and `worker_replicas` of role worker;
    without, `api_replicas` containers that do everything. They listen on port 8000, or on PORT of
    `env`. The folder of LANGGRAPH_CONFIG_PATH is copied into each before each start.
    """

    kind = "image"

    def __init__(
        self,
        image: str,
        stack: Stack,
        network: ContainerNetwork,
        folder: Path,
        *,
        command: str | None = None,
        api_replicas: int = 1,
        worker_replicas: int = 1,
        env: Mapping[str, str] | None = None,
        start_s: float = START_S,
        stop_s: float = STOP_S,
    ) -> None:
        self._image = image
        self._command = command
        self._stack = stack
        self._network = network
        self._logs = folder / "logs"
        self._env = dict(env or {})
        self._port = _port(self._env)
        self._names = replica_names(self._has_roles(), api_replicas, worker_replicas)
        self._start_s, self._stop_s = start_s, stop_s
        self._containers: dict[str, ReplicaContainer] = {}
        self._owner: int | None = None
        self._facts: dict[str, Any] = {}
        self.urls: list[str] = []
        self.replicas: list[Replica] = []
        self.levers: Levers | None = None

    def start(self) -> None:
        """Start all containers side by side and return when each is healthy."""
        self.launch()
        try:
            wait_healthy(self._containers.values(), self._start_s)
            with client_for(self.urls[0], _INFO_S) as client:
                self._facts["version"] = version_of(document(client, f"{self.urls[0]}/info"))
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start all containers without waiting for them."""
        if self._owner is not None:
            raise TargetError("the target is already started; stop it first")
        found = _found(self._network, self._image)
        self._facts = {"image_id": found.id, "digests": found.attrs.get("RepoDigests") or []}
        self._owner = os.getpid()
        atexit.register(self.stop)
        try:
            self._make(str(found.id))
            _side_by_side(ReplicaContainer.launch, self._containers.values())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ask all to end, keep what they wrote, and remove them after `stop_s` seconds at most."""
        # A forked child inherits the exit handler, and must not end its parent's servers.
        if self._owner != os.getpid():
            return
        made = [each for each in self._containers.values() if each.is_made]
        deadline = time.monotonic() + self._stop_s
        _side_by_side(lambda each: _ended(each, deadline), made)
        self._logs.mkdir(parents=True, exist_ok=True)
        for each in made:
            (self._logs / f"{each.name}.log").write_text(each.output())
        _side_by_side(ReplicaContainer.remove, made)
        self._containers.clear()  # in place: levers that are still held must find nothing
        self._owner = None
        atexit.unregister(self.stop)

    def identity(self) -> dict[str, Any]:
        """The digest of the very image that ran, by its own id and by those of its registries."""
        roles = [role for _, role in self._names]
        return {
            "kind": self.kind,
            "image": self._image,
            "command": redact_words(self._command) if self._command else None,
            "replicas": {role: roles.count(role) for role in sorted(set(roles))},
            "version": None,
            "strength": "verified",
            **self._facts,
        }

    def _has_roles(self) -> bool:
        return any("{role}" in told for told in (self._command or "", *self._env.values()))

    def _make(self, image_id: str) -> None:
        environ = self._environ()
        config = Path(environ.get(CONFIG, ""))
        # A path that is none here is the image's own: it hosts the probes already.
        probes = config.parent if config.is_file() else None
        for name, role in self._names:
            given = {variable: _filled(value, role) for variable, value in environ.items()}
            argv = shlex.split(_filled(self._command, role)) if self._command else None
            contents = Contents(self._image, image_id, argv, given, probes, self._port)
            self._containers[name] = ReplicaContainer(name, role, contents, self._network)
        self.replicas = [each.replica for each in self._containers.values()]
        self.urls = [replica.url for replica in self.replicas if replica.url is not None]
        self.levers = ContainerLevers(self._containers, self._start_s)

    def _environ(self) -> dict[str, str]:
        uris = {"DATABASE_URI": self._stack.database_uri, "REDIS_URI": self._stack.redis_uri}
        return {**{name: uri for name, uri in uris.items() if uri}, **self._env}


class ContainerLevers:
    """See `Levers`. All of them take every process of the container along."""

    def __init__(self, containers: Mapping[str, ReplicaContainer], wait_s: float) -> None:
        self._containers = containers
        self._wait_s = wait_s

    def kill(self, name: str) -> None:
        container = self._container(name)
        if container.alive():
            container.kill()

    def pause(self, name: str) -> None:
        self._container(name).pause()

    def resume(self, name: str) -> None:
        self._container(name).resume()

    def terminate(self, name: str, wait_s: float) -> int | None:
        container = self._container(name)
        container.ask()
        return container.wait(wait_s)

    def start(self, name: str) -> None:
        container = self._container(name)
        if not container.alive():
            container.launch()
        wait_healthy([container], self._wait_s)

    def alive(self, name: str) -> bool:
        return self._container(name).alive()

    def log(self, name: str) -> str:
        return self._container(name).output()

    def owner(self, pid: int | None, host: str | None) -> str | None:
        return next((name for name, each in self._containers.items() if each.has(host)), None)

    def pids(self, name: str) -> list[int]:
        return self._container(name).pids()

    def _container(self, name: str) -> ReplicaContainer:
        if name not in self._containers:
            known = ", ".join(self._containers) or "none, since it is not started"
            raise TargetError(f"the target has no replica {name!r}; it has {known}")
        return self._containers[name]


def _filled(text: str, role: str) -> str:
    # No format(): other braces, as in JSON, are the server's own.
    return text.replace("{role}", role)


def _port(env: Mapping[str, str]) -> int:
    told = env.get("PORT", str(PORT))
    if not told.isdecimal() or not 0 < int(told) < 65_536:
        raise UsageError(f"--env PORT={told!r} is no port; give the one that the image listens on")
    return int(told)


def _found(network: ContainerNetwork, image: str) -> Any:
    """The image, pulled if the engine does not have it."""
    try:
        return network.client.images.get(image)
    except docker.errors.ImageNotFound:
        pass
    try:
        return network.client.images.pull(image)
    except docker.errors.DockerException as error:
        raise TargetError(
            f"--image {image!r} is not here and cannot be pulled ({reason(error)}); "
            "build it, or correct its name"
        ) from error


def _ended(container: ReplicaContainer, deadline: float) -> None:
    container.resume()
    container.ask()
    container.wait(max(0.0, deadline - time.monotonic()))


def _side_by_side(
    act: Callable[[ReplicaContainer], None], containers: Iterable[ReplicaContainer]
) -> None:
    each = list(containers)
    with ThreadPoolExecutor(max(1, len(each))) as acting:
        list(acting.map(act, each))
