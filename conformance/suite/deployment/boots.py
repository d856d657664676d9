"""One process of the target with an environment of its own, watched until it serves or gives up."""

import asyncio
import contextlib
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from onceproof.conformance.session import Session
from onceproof.conformance.stacks import open_stack
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.suite.kit.deployments import require_startable
from onceproof.conformance.suite.kit.replicas import health_paths
from onceproof.conformance.suite.kit.waiting import poll_until
from onceproof.conformance.targets import Levers
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.targets.template import fill_environment
from onceproof.conformance.witness import Execution

START_S = 40.0
STOP_S = 15.0
POLL_S = 0.05
#: Where a container listens in these tests: not where it does by default.
CONTAINER_PORT = "8001"

DATABASES = (
    *("DATABASE_URI", "POSTGRES_URI", "DATABASE_URI_CUSTOM", "POSTGRES_URI_CUSTOM"),
    *("REDIS_URI", "REDIS_URI_CUSTOM"),
)


class Boot(ABC):
    """A started process; `answers` are the statuses that its health route gave meanwhile.

    It has `settled` if it served, or ended by itself, in time.
    """

    def __init__(self, url: str, port: int) -> None:
        """`port` is where it was configured to listen; it is reached at `url`."""
        self.url = url
        self.port = port
        self.answers: list[int] = []
        self.settled = False

    @property
    @abstractmethod
    def status(self) -> int | None:
        """The exit status; None while it runs."""

    @property
    @abstractmethod
    def output(self) -> str:
        """All it has written."""

    @property
    def serves(self) -> bool:
        """Whether it was ever healthy."""
        return 200 in self.answers

    @abstractmethod
    def ran(self, execution: Execution) -> bool:
        """Return whether this process executed the step."""

    @abstractmethod
    async def stop(self) -> int | None:
        """Stop it, by force if need be; return the exit status, None if it had to be killed."""


class Process(Boot):
    """A process that a command started."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        super().__init__(f"http://127.0.0.1:{port}", port)
        self._process = process
        self._log = log

    @property
    def status(self) -> int | None:
        return self._process.returncode

    @property
    def output(self) -> str:
        return self._log.read_text(errors="replace", encoding="utf-8")

    def ran(self, execution: Execution) -> bool:
        return execution.pid == self._process.pid

    async def stop(self) -> int | None:
        if self.status is None:
            self._process.terminate()
        try:
            return await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            return None


class Container(Boot):
    """A container of an image; after its end it keeps the status and the output it had then."""

    def __init__(self, url: str, name: str, levers: Levers) -> None:
        super().__init__(url, int(CONTAINER_PORT))
        self._name = name
        self._levers = levers
        self._ended: tuple[int | None, str] | None = None

    @property
    def status(self) -> int | None:
        if self._ended is not None:
            return self._ended[0]
        return None if self._levers.alive(self._name) else self._levers.terminate(self._name, 0)

    @property
    def output(self) -> str:
        return self._ended[1] if self._ended else self._levers.log(self._name)

    def ran(self, execution: Execution) -> bool:
        return self._levers.owner(execution.pid, execution.host) == self._name

    async def stop(self) -> int | None:
        if self._ended is None:
            status = await asyncio.to_thread(self._levers.terminate, self._name, STOP_S)
            self._ended = status, self._levers.log(self._name)
        return self._ended[0]


@asynccontextmanager
async def boot(session: Session, env: Mapping[str, str]) -> AsyncIterator[Boot]:
    """Start a process with the databases of `env` alone; enter when it is healthy or has exited."""
    require_startable(session)
    by_command = session.target.start_command(0, {}) is not None
    starting = _process if by_command else _container
    async with starting(session, env) as made:
        try:
            await _settle(made, health_paths(session))
            yield made
        finally:
            await made.stop()


async def start_in_vain(session: Session, env: Mapping[str, str]) -> Boot:
    """Return a process after a start that should not succeed."""
    async with boot(session, env) as made:
        return made


@asynccontextmanager
async def _process(session: Session, env: Mapping[str, str]) -> AsyncIterator[Boot]:
    port = free_port()
    around = {name: value for name, value in os.environ.items() if name not in DATABASES}
    name = f"boot-{uuid4().hex[:8]}"
    settings = session.options.settings(session.folder / name)
    variables = {**settings, "PORT": str(port), **env}
    environ = {**around, **variables, **fill_environment(variables, variables)}
    command = session.target.start_command(port, environ)
    assert command is not None, "a container is not started by a command"
    log = session.folder / f"{name}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env=environ, stdout=output, stderr=output
        )
    yield Process(process, port, log)


@asynccontextmanager
async def _container(session: Session, env: Mapping[str, str]) -> AsyncIterator[Boot]:
    folder = session.folder / "deployments" / uuid4().hex[:8]
    environ = {**session.options.settings(folder), "PORT": CONTAINER_PORT, **env}
    target = session.make_target(
        folder,
        environ,
        counts=ReplicaCounts(1, 0),
        stack=open_stack("none", folder, environ),
    )
    await asyncio.to_thread(target.launch)
    try:
        assert target.levers is not None, "a target that is started here has levers"
        yield Container(target.urls[0], target.replicas[0].name, target.levers)
    finally:
        await asyncio.to_thread(target.stop)


async def _settle(made: Boot, paths: Sequence[str]) -> None:
    async def has_outcome() -> bool:
        for path in paths:
            with contextlib.suppress(httpx.TransportError):
                made.answers.append((await client.get(f"{made.url}{path}")).status_code)
        return made.serves or made.status is not None

    async with httpx.AsyncClient(trust_env=False) as client:
        made.settled = await poll_until(has_outcome, START_S, POLL_S)
