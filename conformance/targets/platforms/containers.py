"""Containers of an engine as its command line shows them, and levers on each by its name.

A container keeps its name when it is killed and started again, and also when it is created anew.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks.waiting import wait_for_start, wait_until
from onceproof.conformance.targets.pids import keep_visible
from onceproof.conformance.targets.platforms.program import Program
from onceproof.conformance.targets.supplied import Lever

_EVERY_S = 0.1


class Health(msgspec.Struct, rename="pascal"):
    """What its health check says: "starting", "healthy" or "unhealthy"."""

    status: str


class State(msgspec.Struct, rename="pascal"):
    """Whether it runs; a paused one does."""

    running: bool
    paused: bool = False
    exit_code: int = 0
    health: Health | None = None

    @property
    def is_up(self) -> bool:
        """Whether it runs, and its health check passes if it has one."""
        return self.running and (self.health is None or self.health.status == "healthy")


class Config(msgspec.Struct, rename="pascal"):
    """What it was made of."""

    hostname: str
    image: str
    env: list[str] | None = None
    cmd: list[str] | None = None
    entrypoint: list[str] | None = None
    labels: dict[str, str] | None = None
    exposed_ports: dict[str, object] | None = None


class Binding(msgspec.Struct, rename="pascal"):
    """Where a port of it is published: wanted so, or as it came out."""

    host_ip: str = ""
    host_port: str = ""


class HostConfig(msgspec.Struct, rename="pascal"):
    """What the engine was asked for it."""

    port_bindings: dict[str, list[Binding] | None] | None = None


class Network(msgspec.Struct, rename="pascal"):
    """One network that it is on; `gateway` is this machine's address there."""

    gateway: str = ""


class NetworkSettings(msgspec.Struct, rename="pascal"):
    """The networks that it is on."""

    networks: dict[str, Network] | None = None


class Container(msgspec.Struct, rename="pascal"):
    """One container, as `docker inspect` shows it."""

    id: str
    name: str
    state: State
    config: Config
    host_config: HostConfig
    network_settings: NetworkSettings

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels, of which Compose sets some."""
        return self.config.labels or {}


def inspect(engine: Program, names: Sequence[str]) -> list[Container]:
    """Return these containers as they are now; TargetError if one is gone."""
    if not names:
        return []
    text = engine.run("inspect", "--type", "container", *names)
    return msgspec.json.decode(text, type=list[Container])


class ContainerLevers:
    """Levers on containers by the name of their replica: `as_mapping()` is for a target."""

    def __init__(self, engine: Program, names: Mapping[str, str], reached: Collection[str]) -> None:
        """`names` maps replicas to containers; those `reached` by a URL are asked there for their
        health, which is sooner than their health checks know it."""
        self._engine = engine
        self._names = names
        self._reached = reached

    def as_mapping(self) -> dict[str, Lever]:
        """Return every lever that the engine offers, by its name."""
        return {
            "kill": self._kill,
            "start": self._start,
            "pause": self._say("pause"),
            "resume": self._say("unpause"),
            "terminate": self._terminate,
            "alive": self._demand_alive,
            "log": self._read_log,
            "host": self._name_host,
            "pids": self._list_pids,
        }

    def _see(self, replica: str) -> Container:
        [container] = inspect(self._engine, [self._names[replica]])
        return container

    def _say(self, verb: str) -> Lever:
        def act(replica: str, limit_s: float) -> str:
            return self._engine.run(verb, self._names[replica], limit_s=limit_s)

        return act

    def _kill(self, replica: str, limit_s: float) -> None:
        if not self._see(replica).state.running:
            return
        self._engine.run("kill", self._names[replica], limit_s=limit_s)
        if not wait_until(lambda: not self._see(replica).state.running, limit_s, _EVERY_S):
            raise TimeoutError(f"it still runs {limit_s:g} s after SIGKILL")

    def _terminate(self, replica: str, limit_s: float) -> str:
        """SIGTERM alone: `docker stop` would follow it by a SIGKILL."""
        name = self._names[replica]
        if self._see(replica).state.running:
            self._engine.run("kill", "--signal", "TERM", name)
            self._engine.run("wait", name, limit_s=limit_s)
        return str(self._see(replica).state.exit_code)

    def _start(self, replica: str, limit_s: float) -> None:
        """Start it, and wait for the health check of its image, if there is one."""
        self._engine.run("start", self._names[replica], limit_s=limit_s)
        if not wait_for_start(lambda: self._is_up(replica), limit_s, _EVERY_S):
            raise TimeoutError(f"its health check has not passed {limit_s:g} s after its start")

    def _is_up(self, replica: str) -> bool:
        state = self._see(replica).state
        if not state.running:
            raise TargetError(
                f"replica {replica!r} ended with status {state.exit_code} as soon as it was "
                f"started: look at `docker logs {self._names[replica]}`"
            )
        return replica in self._reached or state.is_up

    def _demand_alive(self, replica: str, limit_s: float) -> None:
        if not self._see(replica).state.running:
            raise TargetError(f"container {self._names[replica]} does not run")

    def _read_log(self, replica: str, limit_s: float) -> str:
        return self._engine.run_for_both("logs", self._names[replica], limit_s=limit_s)

    def _name_host(self, replica: str, limit_s: float) -> str:
        return self._see(replica).config.hostname

    def _list_pids(self, replica: str, limit_s: float) -> str:
        container = self._see(replica)
        if not container.state.running:
            return ""
        listed = self._engine.run("top", container.id, "-eo", "pid").split()[1:]
        return " ".join(map(str, keep_visible(map(int, listed), container.id)))
