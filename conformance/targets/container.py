"""One replica in a container: what it is made of, the probes in it, and whether it is up."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker.errors

from onceproof.conformance.errors import TargetError
from onceproof.conformance.stacks.engine import LOCAL, EngineContainer, reason
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.waiting import wait_until
from onceproof.conformance.targets.base import Replica
from onceproof.conformance.targets.health import HEALTH_PATHS, Asker, health
from onceproof.conformance.targets.pids import keep_visible

#: Where a container finds the probes.
INSIDE = "/onceproof/probes"
_STOPPED_EVERY_S = 0.05


@dataclass(frozen=True)
class Contents:
    """What a container is made of.

    `image_id` is what `image` names, `command` None leaves the image's own, `probes` is the folder
    that is copied into it before each start, and `port` the one it listens on.
    """

    image: str
    image_id: str
    command: Sequence[str] | None
    environ: Mapping[str, str]
    probes: Path | None
    port: int


class ReplicaContainer(EngineContainer):
    """A replica with its container, whose port is published on 127.0.0.1."""

    error = TargetError

    def __init__(self, name: str, role: str, contents: Contents, network: ContainerNetwork) -> None:
        super().__init__(contents.image)
        self._contents = contents
        self._network = network
        self._port = free_port()
        own_url = f"http://{LOCAL}:{self._port}"
        self.replica = Replica(name, role, None if role == "worker" else own_url, own_url)
        self._container: Any = None
        self._last_seen = ""

    @property
    def name(self) -> str:
        return self.replica.name

    @property
    def exists(self) -> bool:
        """Whether there is a container, running or not."""
        return self._container is not None

    def launch(self) -> None:
        """Create it if it is new, copy the probes into it, and start it without waiting."""
        try:
            self._container = self._container or self._create()
            if self._contents.probes is not None:
                self._container.put_archive("/", pack_folder(self._contents.probes))
            self._container.start()
        except docker.errors.DockerException as error:
            raise TargetError(
                f"replica {self.name!r} of --image {self.image!r} could not be started: "
                f"{reason(error)}"
            ) from error

    def _create(self) -> Any:
        return self._network.client.containers.create(
            self._contents.image_id,
            None if self._contents.command is None else list(self._contents.command),
            environment=_environ(self._contents),
            ports={str(self._contents.port): (LOCAL, self._port)},
            network=self._network.network.name,
            labels=self._network.labels,
            # As `docker run --init`: the kernel spares a first process that kills itself, and the
            # probe that is to crash its server would go on.
            init=True,
            # We ask for its health ourselves; what an image does besides takes from the measured.
            healthcheck={"test": ["NONE"]},
        )

    def _engine_container(self) -> Any:
        if self._container is None:
            raise TargetError(f"replica {self.name!r} has no container before its first start")
        return self._container

    def remove(self) -> None:
        """Remove it with its volumes, whatever state it is in."""
        if self._container is not None:
            self._act("remove", force=True, v=True)
            self._container = None

    def healthy(self, client: Asker) -> bool:
        """Return whether a health path answers; TargetError when it has exited."""
        self._last_seen = health(client, str(self.replica.own_url)) or ""
        if not self.alive():
            raise TargetError(
                f"replica {self.name!r} exited with status {self.status} before it was healthy: "
                f"{self.last_words()}; correct --image, --command or --env"
            )
        return not self._last_seen

    def overdue(self, wait_s: float) -> TargetError:
        """Return the error of one that never became healthy."""
        return TargetError(
            f"replica {self.name!r} did not answer {' or '.join(HEALTH_PATHS)} on port "
            f"{self._contents.port} of its container within {wait_s:g} s ({self._last_seen}); "
            f"its last words: {self.last_words()}"
        )

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs or before its start."""
        if self._container is None or self.alive():
            return None
        return int(self._engine_container().attrs["State"]["ExitCode"])

    def ask(self) -> None:
        """Send the signal that its image wants to be stopped by, SIGTERM if it does not say."""
        if self.alive():
            wanted = self._engine_container().attrs["Config"].get("StopSignal")
            self._act("kill", signal=wanted or "SIGTERM")

    def wait(self, wait_s: float) -> int | None:
        """Return the exit status, or None when it still runs after `wait_s` seconds."""
        wait_until(lambda: not self.alive(), wait_s, _STOPPED_EVERY_S)
        return self.status

    def kill(self) -> None:
        """Send SIGKILL to all its processes; without effect on one that does not run."""
        if self.alive():
            super().kill()

    def holds(self, pid: int | None, host: str | None) -> bool:
        """Return whether a process that calls its machine so is in it."""
        return bool(host) and host == self._engine_container().attrs["Config"]["Hostname"]

    def pids(self) -> list[int]:
        """Return its processes' ids on this machine, none where the container runs elsewhere."""
        if not self.alive():
            return []
        top: Mapping[str, Any] = self._engine_container().top(ps_args="-eo pid")
        listed = [int(row[0]) for row in top.get("Processes") or []]
        return keep_visible(listed, str(self._engine_container().id))


def _environ(contents: Contents) -> dict[str, str]:
    """What names the folder of the probes here names its copy inside."""
    if contents.probes is None:
        return dict(contents.environ)
    return {
        name: value.replace(str(contents.probes), INSIDE)
        for name, value in contents.environ.items()
    }


def pack_folder(folder: Path) -> bytes:
    """Return the folder as an archive that unpacks to `INSIDE`, readable by whoever the server runs
    as."""
    archive = io.BytesIO()

    def open_to_all(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if "__pycache__" in member.name:
            return None
        member.uid = member.gid = 0
        member.mode = 0o755 if member.isdir() else 0o644
        return member

    with tarfile.open(fileobj=archive, mode="w") as tar:
        above = tarfile.TarInfo(str(Path(INSIDE).parent).strip("/"))
        above.type, above.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(above)
        tar.add(folder, INSIDE.strip("/"), filter=open_to_all)
    return archive.getvalue()
