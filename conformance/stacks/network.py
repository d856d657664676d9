"""A network for containers of ours, and the one address at which they and the harness meet.

What a container is given (the URI of its database, the sink of a run) the harness uses as well, so
one address has to hold on both sides. `127.0.0.1` does not: inside it is the container itself. The
gateway of a network of our own does. It is an address of this machine, so the harness listens and
publishes ports there, and nobody outside of this machine reaches it. Where containers live in a
virtual machine the gateway is not ours, and another address must be named.
"""

from uuid import uuid4

import docker
import docker.errors
from testcontainers.core.docker_client import DockerClient
from testcontainers.core.network import Network

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks.engine import no_engine, reason
from onceproof.conformance.stacks.ports import is_ours
from onceproof.conformance.stacks.sweeper import LABEL, Sweeper


class ContainerNetwork:
    """A bridge network, removed with all that is left in it at `stop` or when we are killed."""

    def __init__(self, address: str | None = None) -> None:
        """`address` is where both sides meet; None takes the network's gateway."""
        self.address = address or ""
        self.labels = {LABEL: uuid4().hex}
        self._client: docker.DockerClient | None = None
        self._network: Network | None = None
        self._sweeper: Sweeper | None = None

    def start(self) -> None:
        """Create it; StackError without an engine, or without an address where both sides meet."""
        try:
            self._client = DockerClient().client
            self._client.ping()
        except (docker.errors.DockerException, OSError) as error:
            raise StackError(no_engine("--image", error)) from error
        self._sweeper = Sweeper(self.labels[LABEL])
        try:
            self._network = Network(docker_network_kw={"labels": self.labels}).create()
            self.address = self.address or self._gateway()
        except docker.errors.DockerException as error:
            self.stop()
            raise StackError(f"the container engine made no network: {reason(error)}") from error
        if not is_ours(self.address):
            self.stop()
            raise StackError(
                f"containers would look for this machine at {self.address!r}, which is none of its "
                "addresses; name one that they reach with --witness-address"
            )

    @property
    def network(self) -> Network:
        """What containers join."""
        if self._network is None:
            raise StackError("the containers' network is not started; start it first")
        return self._network

    @property
    def client(self) -> docker.DockerClient:
        """The engine that it is of."""
        if self._client is None:
            raise StackError("the containers' network is not started; start it first")
        return self._client

    def stop(self) -> None:
        """Remove it; without effect on one that is not started."""
        if self._sweeper is not None:
            self._sweeper.sweep()
        if self._client is not None:
            self._client.close()
        self._sweeper, self._network, self._client = None, None, None

    def _gateway(self) -> str:
        """Its own IPv4 address on the engine's machine."""
        configs: list[dict[str, str]] = self.client.networks.get(self.network.name).attrs["IPAM"][
            "Config"
        ]
        gateways = [config.get("Gateway", "") for config in configs]
        return next((each for each in gateways if each and ":" not in each), "")
