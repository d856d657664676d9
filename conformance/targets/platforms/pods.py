"""Pods as kubectl shows them, and levers on the places that they hold.

kill        delete at once, without grace; the kubelet ends the container by SIGKILL
terminate   delete with the pod's own grace
start       wait for the pod that the controller makes in its place
pause       SIGSTOP to every process of its container but the first, which no signal from within
            stops: a server that is the first process cannot be paused, and the lever says so
"""

import threading
from collections.abc import Mapping

import msgspec

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks.waiting import wait_for_start, wait_until
from onceproof.conformance.targets.platforms.program import Program
from onceproof.conformance.targets.supplied import Lever

_EVERY_S = 0.2
#: Runs in the container: `$1` is the signal for all processes but the first and this one.
_SIGNAL_ALL = """
signal=$1; set --
for each in /proc/[0-9]*; do
  pid=${each#/proc/}; [ "$pid" = 1 ] || [ "$pid" = $$ ] || set -- "$@" "$pid"
done
[ $# -gt 0 ] || { echo 'the server is process 1 of its container, which cannot be paused from \
within: give the container an init, or the pod shareProcessNamespace' >&2; exit 3; }
kill -s "$signal" "$@"
"""


class Owner(msgspec.Struct):
    """What made it, such as a ReplicaSet."""

    uid: str
    name: str


class Metadata(msgspec.Struct, rename="camel"):
    """How it is called."""

    name: str
    uid: str
    deletion_timestamp: str | None = None
    owner_references: list[Owner] | None = None


class Variable(msgspec.Struct):
    """A variable of its environment; without a value if that comes from elsewhere."""

    name: str
    value: str | None = None


class Port(msgspec.Struct, rename="camel"):
    """A port that it listens on."""

    container_port: int


class PodContainer(msgspec.Struct):
    """A container of it; the first one is taken for the server."""

    name: str
    image: str
    command: list[str] | None = None
    args: list[str] | None = None
    env: list[Variable] | None = None
    ports: list[Port] | None = None


class Spec(msgspec.Struct):
    """What it was made of."""

    containers: list[PodContainer]


class Terminated(msgspec.Struct, rename="camel"):
    """How a container ended."""

    exit_code: int


class ContainerState(msgspec.Struct):
    """One of these is set."""

    running: dict[str, object] | None = None
    terminated: Terminated | None = None


class ContainerStatus(msgspec.Struct):
    """Whether a container runs and takes requests."""

    name: str
    ready: bool
    state: ContainerState


class Status(msgspec.Struct, rename="camel"):
    """Where it stands."""

    phase: str
    container_statuses: list[ContainerStatus] | None = None


class Pod(msgspec.Struct):
    """One pod, as `kubectl get pods -o json` shows it."""

    metadata: Metadata
    spec: Spec
    status: Status

    @property
    def owner_name(self) -> str:
        """What made it; its own name if nothing did."""
        owners = self.metadata.owner_references
        return owners[0].name if owners else self.metadata.name

    @property
    def server(self) -> ContainerStatus | None:
        """The status of its first container."""
        first = self.spec.containers[0].name
        statuses = self.status.container_statuses or []
        return next((each for each in statuses if each.name == first), None)

    @property
    def is_running(self) -> bool:
        """Whether its server has a process, and nobody is deleting it."""
        if self.metadata.deletion_timestamp or self.server is None:
            return False
        return self.server.state.running is not None

    @property
    def is_ready(self) -> bool:
        """Whether its server takes requests."""
        return self.is_running and self.server is not None and self.server.ready

    @property
    def exit_status(self) -> int | None:
        """What its server ended with; None while it runs."""
        ended = self.server.state.terminated if self.server else None
        return ended.exit_code if ended else None


class _Listed(msgspec.Struct):
    items: list[Pod]


class Pods:
    """The pods of a namespace that a selector selects."""

    def __init__(self, kubectl: Program, namespace: str, selector: str) -> None:
        self._kubectl = kubectl
        self._namespace = namespace
        self._selector = selector

    def list_pods(self) -> list[Pod]:
        """Return them as they are now."""
        text = self.ask("get", "pods", "--selector", self._selector, "--output", "json")
        return msgspec.json.decode(text, type=_Listed).items

    def ask(self, *arguments: str, limit_s: float = 30.0) -> str:
        """Return what kubectl says of the namespace; TargetError, TimeoutError as `Program.run`."""
        return self._kubectl.run("--namespace", self._namespace, *arguments, limit_s=limit_s)


class PodLevers:
    """Levers on places; `held` has the pod of each, and is kept up."""

    def __init__(self, pods: Pods, held: Mapping[str, Pod]) -> None:
        self._pods = pods
        self._held = dict(held)
        self._filling = threading.Lock()  # two places are not filled by one pod

    def as_mapping(self) -> dict[str, Lever]:
        """Return every lever that the platform offers, by its name."""
        return {
            "kill": self._kill,
            "start": self._start,
            "pause": lambda place, limit_s: self._signal(place, "STOP", limit_s),
            "resume": lambda place, limit_s: self._signal(place, "CONT", limit_s),
            "terminate": self._terminate,
            "alive": self._demand_alive,
            "log": self._read_log,
            "host": lambda place, limit_s: self._held[place].metadata.name,
        }

    def _kill(self, place: str, limit_s: float) -> None:
        if self._find(place) is None:
            return
        name = self._held[place].metadata.name
        self._pods.ask(
            "delete", "pod", name, "--grace-period=0", "--force", "--wait=false", limit_s=limit_s
        )
        if not wait_until(lambda: self._find(place) is None, limit_s, _EVERY_S):
            raise TimeoutError(f"pod {name} is still there {limit_s:g} s after it was deleted")

    def _terminate(self, place: str, limit_s: float) -> str:
        """Return the exit status if it was seen before the pod was gone."""
        name, statuses = self._held[place].metadata.name, list[int]()
        self._pods.ask("delete", "pod", name, "--wait=false")

        def is_over() -> bool:
            pod = self._find(place)
            if pod is not None and pod.exit_status is not None:
                statuses.append(pod.exit_status)
            return pod is None or bool(statuses)

        if not wait_until(is_over, limit_s, _EVERY_S):
            raise TimeoutError(f"pod {name} still runs {limit_s:g} s after it was asked to end")
        return str(statuses[0]) if statuses else ""

    def _start(self, place: str, limit_s: float) -> None:
        if not wait_for_start(lambda: self._fill(place), limit_s, _EVERY_S):
            owner = self._held[place].owner_name
            raise TargetError(
                f"no pod of {owner} is ready to take the place of {place!r} after {limit_s:g} s: "
                f"look at `kubectl describe` of {owner}"
            )

    def _fill(self, place: str) -> bool:
        """Let a ready pod of the same owner have the place, if none has it and one is free."""
        with self._filling:
            gone = self._held[place]
            others = {pod.metadata.uid for name, pod in self._held.items() if name != place}
            for pod in self._pods.list_pods():
                free = pod.metadata.uid not in others and pod.owner_name == gone.owner_name
                if free and pod.is_ready:
                    self._held[place] = pod
                    return True
        return False

    def _signal(self, place: str, signal: str, limit_s: float) -> str:
        pod = self._held[place]
        command = ("sh", "-c", _SIGNAL_ALL, "sh", signal)
        return self._exec(pod, command, limit_s)

    def _exec(self, pod: Pod, command: tuple[str, ...], limit_s: float) -> str:
        container = pod.spec.containers[0].name
        return self._pods.ask(
            "exec", pod.metadata.name, "--container", container, "--", *command, limit_s=limit_s
        )

    def _demand_alive(self, place: str, limit_s: float) -> None:
        pod = self._find(place)
        if pod is None or not pod.is_running:
            raise TargetError(f"pod {self._held[place].metadata.name} does not run")

    def _read_log(self, place: str, limit_s: float) -> str:
        pod = self._held[place]
        container = pod.spec.containers[0].name
        return self._pods.ask("logs", pod.metadata.name, "--container", container, limit_s=limit_s)

    def _find(self, place: str) -> Pod | None:
        uid = self._held[place].metadata.uid
        return next((pod for pod in self._pods.list_pods() if pod.metadata.uid == uid), None)
