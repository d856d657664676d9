"""PostgreSQL and Redis in containers, through whatever engine testcontainers finds.

Host ports are fixed before the start: an engine that chooses them chooses again at a restart,
and the URIs would no longer hold. "Ready" means a login that succeeded: the engine's port
forwarder accepts connections long before the server behind it does.

A harness that is killed cannot remove its containers; testcontainers' own reaper (Ryuk) does
that, unless the user's environment switches it off, and for those in a network of ours `sweeper`.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import docker.errors
from testcontainers.core.container import DockerContainer

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks import probe
from onceproof.conformance.stacks.engine import LOCAL, EngineContainer, no_engine, reason
from onceproof.conformance.stacks.levers import StackLevers
from onceproof.conformance.stacks.managed import ManagedStack
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.reaper import demand_reaper
from onceproof.conformance.stacks.waiting import wait_for_start
from onceproof.conformance.stopping import stop_request

_START_S = 60.0
_EVERY_S = 0.1
_LOOPBACK = ("localhost", LOCAL)


class ContainerServer(EngineContainer):
    """One container, its fixed port, and the login that proves it ready."""

    def __init__(
        self, variable: str, image: str, port: int, network: ContainerNetwork | None
    ) -> None:
        super().__init__(image)
        self._variable = variable
        self._inner_port = port
        self._published_on = network.address if network else LOCAL
        try:
            self.container = DockerContainer(image)
            self._client().client.ping()
        except (docker.errors.DockerException, OSError) as error:
            raise StackError(no_engine("--stack containers", error)) from error
        self._outer_port = free_port(self._published_on)
        # The type says int; a pair keeps the port off the machine's other interfaces.
        ports: dict[str, Any] = self.container.ports
        local = (self._published_on, self._outer_port)
        ports[str(port)] = local if network or self._is_local() else self._outer_port
        if network is not None:
            self.container.with_network(network.network).with_kwargs(labels=network.labels)

    def _client(self) -> Any:
        return self.container.get_docker_client()

    def _engine_container(self) -> Any:
        return self.container.get_wrapped_container()

    def _is_local(self) -> bool:
        mode = self._client().get_connection_mode()
        return mode.value == "docker_host" and self._client().host() in _LOOPBACK

    def launch(self) -> None:
        """Create and start it without waiting for the server inside."""
        demand_reaper()
        try:
            self.container.start()
        except docker.errors.DockerException as error:
            raise StackError(
                f"container image {self.image!r} could not be started ({reason(error)}); "
                f"pull it, or name another one in {self._variable}"
            ) from error

    @property
    def address(self) -> str:
        """Host and port, where the harness reaches it: beside it or on the engine's machine."""
        if self._published_on != LOCAL:
            return f"{self._published_on}:{self._outer_port}"
        mapped = self._client().get_connection_mode().use_mapped_port
        port = self._outer_port if mapped else self._inner_port
        return f"{self.container.get_container_host_ip()}:{port}"

    def login(self) -> None:
        """Raise StackError when the server does not let us in yet."""
        raise NotImplementedError

    def settle(self) -> None:
        """Return when the server inside answers."""
        self._engine_container().reload()
        ready = wait_for_start(lambda: self._answers() or not self.alive(), _START_S, _EVERY_S)
        if not (ready and self.alive()):
            raise StackError(
                f"container image {self.image!r} runs no server that answers within "
                f"{_START_S:g} s: {self.last_words()}; name another one in {self._variable}"
            )

    def _answers(self) -> bool:
        try:
            self.login()
        except StackError:
            return False
        return True

    def start(self) -> None:
        """Start it again on the same port and volume, and wait until it answers."""
        self._act("start")
        self.settle()

    def restart(self) -> None:
        """Stop it in good order, or by force after 10 s, and `start` it."""
        super().restart()
        self.settle()

    def remove(self) -> None:
        """Remove container and volume, whatever state they are in."""
        self.container.stop(force=True, delete_volume=True)


class ContainerPostgres(ContainerServer):
    """The official image's contract: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, 5432."""

    def __init__(self, image: str, network: ContainerNetwork | None = None) -> None:
        super().__init__("POSTGRES_IMAGE", image, 5432, network)
        self._password = secrets.token_hex(16)
        self.container.with_envs(
            POSTGRES_USER="postgres", POSTGRES_PASSWORD=self._password, POSTGRES_DB="postgres"
        ).with_command("postgres -c max_connections=300")

    @property
    def uri(self) -> str:
        return f"postgresql://postgres:{self._password}@{self.address}/postgres"

    def login(self) -> None:
        probe.postgres_version(self.uri, self._variable)


class ContainerRedis(ContainerServer):
    """The official image's contract: options alone are passed to the server, 6379."""

    def __init__(self, image: str, network: ContainerNetwork | None = None) -> None:
        super().__init__("REDIS_IMAGE", image, 6379, network)
        # Like the embedded one: allowed to forget, and relied on to forget.
        self.container.with_command(["--save", "", "--appendonly", "no"])

    @property
    def uri(self) -> str:
        return f"redis://{self.address}/0"

    def login(self) -> None:
        probe.redis_version(self.uri, self._variable)


class ContainerStack(ManagedStack):
    """The images of POSTGRES_IMAGE and REDIS_IMAGE, removed with their volumes at stop.

    In a `network` they are reached at its address, also by what else is in it.
    """

    kind = "containers"
    postgres_label = "the PostgreSQL container"
    redis_label = "the Redis container"

    def __init__(self, environ: Mapping[str, str], network: ContainerNetwork | None = None) -> None:
        super().__init__()
        self._network = network
        self._images = {
            "postgres": environ.get("POSTGRES_IMAGE") or "postgres:16-alpine",
            "redis": environ.get("REDIS_IMAGE") or "redis:7-alpine",
        }
        self._servers: dict[str, ContainerServer] = {}

    def _open(self) -> None:
        postgres = ContainerPostgres(self._images["postgres"], self._network)
        self._servers["postgres"] = postgres
        redis = ContainerRedis(self._images["redis"], self._network)
        self._servers["redis"] = redis
        with stop_request.break_into():  # an image may have to be pulled
            for server in self._servers.values():
                server.launch()
        for server in self._servers.values():
            server.settle()
        self.database_uri, self.redis_uri = postgres.uri, redis.uri

    def _close(self) -> None:
        for server in self._servers.values():
            server.remove()
        self._servers.clear()

    def describe(self) -> dict[str, str]:
        """Return the versions as the servers reported them, and the images they came from."""
        images = {f"{service}_image": image for service, image in self._images.items()}
        return {**super().describe(), **images}

    def levers(self) -> StackLevers:
        return StackLevers(self._servers)
