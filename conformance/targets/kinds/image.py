"""A deployment that we start from a container image, as replicas in a network with the stack."""

import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker.errors

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.secrets.find import show
from onceproof.conformance.stacks import Stack
from onceproof.conformance.stacks.engine import reason
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.targets.base import ONE_OF_EACH, Facts, ReplicaCounts
from onceproof.conformance.targets.capabilities import STARTED
from onceproof.conformance.targets.container import Contents, ReplicaContainer
from onceproof.conformance.targets.kinds import TargetPlan
from onceproof.conformance.targets.started import StartedTarget
from onceproof.conformance.targets.template import CONFIG_PATH, name_replicas

START_S = 90.0
STOP_S = 10.0
PORT = 8000


class ImageTarget(StartedTarget[ReplicaContainer]):
    """Containers of `image` in `network`, on `stack`; their logs end in `folder`/logs.

    `command` is what they are given instead of the image's own. With `{role}` in it, or in a
    value of `env`, there are `counts.api` of role api and `counts.workers` of role worker;
    without, `counts.api` containers that do everything. They listen on port 8000, or on PORT of
    `env`. The folder of LANGGRAPH_CONFIG_PATH is copied into each before each start.

    At the stop all are asked to end, what they wrote is kept, and they are removed after `stop_s`
    seconds at most.
    """

    kind = "image"
    capabilities = STARTED | {"port-variable"}
    strength = "verified"

    def __init__(
        self,
        image: str,
        stack: Stack,
        network: ContainerNetwork,
        folder: Path,
        *,
        command: str | None = None,
        counts: ReplicaCounts = ONE_OF_EACH,
        env: Mapping[str, str] | None = None,
        start_s: float = START_S,
        stop_s: float = STOP_S,
    ) -> None:
        self._image = image
        self._command = command
        self._env = dict(env or {})
        self._port = _port(self._env)
        names = name_replicas(self._has_roles(), counts)
        super().__init__(stack, folder, names, start_s=start_s, stop_s=stop_s)
        self._network = network

    def _describe_program(self) -> Facts:
        """The name; `_facts` have the digests of the very image that ran, the engine's and those
        of its registries.
        """
        return {
            "image": self._image,
            "command": show(self._command) if self._command else None,
        }

    def _make_replicas(self) -> Iterable[ReplicaContainer]:
        found = _find_image(self._network, self._image)
        self._facts = {"image_id": found.id, "digests": found.attrs.get("RepoDigests") or []}
        environ = {**self._addresses(), **self._env}
        config = Path(environ.get(CONFIG_PATH, ""))
        # A path that is none here is the image's own: it hosts the probes already.
        probes = config.parent if config.is_file() else None
        for name, role in self._names:
            given = {variable: _fill_role(value, role) for variable, value in environ.items()}
            argv = shlex.split(_fill_role(self._command, role)) if self._command else None
            contents = Contents(self._image, str(found.id), argv, given, probes, self._port)
            yield ReplicaContainer(name, role, contents, self._network)

    def _begin(self) -> None:
        _side_by_side(ReplicaContainer.launch, self._started.values())

    def _end(self) -> None:
        made = [each for each in self._started.values() if each.exists]
        deadline = time.monotonic() + self._stop_s
        _side_by_side(lambda each: _end_container(each, deadline), made)
        for each in made:
            (self._logs / f"{each.name}.log").write_text(each.output(), encoding="utf-8")
        _side_by_side(ReplicaContainer.remove, made)

    def _has_roles(self) -> bool:
        return any("{role}" in text for text in (self._command or "", *self._env.values()))


def _fill_role(text: str, role: str) -> str:
    # No format(): other braces, as in JSON, are the server's own.
    return text.replace("{role}", role)


def _port(env: Mapping[str, str]) -> int:
    text = env.get("PORT", str(PORT))
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise UsageError(
            f"--env PORT={text!r} is not a port; give the one that the image listens on"
        )
    return int(text)


def _find_image(network: ContainerNetwork, image: str) -> Any:
    """The image, pulled if the engine does not have it."""
    try:
        return network.client.images.get(image)
    except docker.errors.ImageNotFound:
        pass
    try:
        with stop_request.break_into():
            return network.client.images.pull(image)
    except docker.errors.DockerException as error:
        raise TargetError(
            f"--image {image!r} is not here and cannot be pulled ({reason(error)}); "
            "build it, or correct its name"
        ) from error


def _end_container(container: ReplicaContainer, deadline: float) -> None:
    container.resume()
    container.ask()
    container.wait(max(0.0, deadline - time.monotonic()))


def _side_by_side(
    act: Callable[[ReplicaContainer], None], containers: Iterable[ReplicaContainer]
) -> None:
    each = list(containers)
    with ThreadPoolExecutor(max(1, len(each))) as acting:
        list(acting.map(act, each))


def make(plan: TargetPlan) -> ImageTarget:
    """Make a target of a session's plan."""
    assert plan.named is not None, "a target of kind 'image' has an image"
    assert plan.network is not None, "a session of an image starts with its network"
    return ImageTarget(
        plan.named,
        plan.stack,
        plan.network,
        plan.folder,
        command=plan.command,
        counts=plan.counts,
        env=plan.env,
    )
