"""The reference server with an application's graphs, beside a stack that goes away with it."""

import os
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Self

from onceproof.conformance.app.manifest import Manifest
from onceproof.conformance.app.refusal import blame_app, build_all
from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_variables
from onceproof.conformance.secrets.files import hide_in_folder
from onceproof.conformance.stacks import STACKS, Stack, open_stack
from onceproof.conformance.stacks.ports import is_free
from onceproof.conformance.stacks.variables import without_postgres_variables
from onceproof.conformance.targets.base import Levers, Replica, ReplicaCounts
from onceproof.conformance.targets.kinds.reference import ReferenceTarget
from onceproof.conformance.targets.template import CONFIG_PATH

#: A second worker takes over what a run did to the first, and then the run ends with its reason.
REPLICAS = ReplicaCounts(1, 2)

#: How long a node may hold the event loop, in seconds, before it is interrupted and named: a
#: deployment's minute would be the length of a whole test session.
BLOCKED = ("BLOCKED_LOOP_LIMIT_SECS", "5")


class AppServer:
    """A context manager: inside it `url` answers, with every graph of the manifest loaded.

    Data and logs go into `folder`. UsageError from the start says, in the words of `said`, which
    graph cannot be used and why; TargetError and StackError are not of the application's making.
    """

    def __init__(
        self,
        manifest: Manifest,
        folder: Path,
        *,
        stack: str | None = None,
        counts: ReplicaCounts = REPLICAS,
        port: int | None = None,
        said: str = "--app",
    ) -> None:
        if port is not None and not is_free(port):
            raise UsageError(f"--port {port} is in use: name another, or leave it out")
        self.manifest, self.folder = manifest, folder
        self._stack_kind, self._counts, self._port = stack or "embedded", counts, port
        self._said = said
        self._closing = ExitStack()
        STACKS[self._stack_kind].require()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.close()

    @property
    def url(self) -> str:
        """The address of its first API process."""
        return self._target.urls[0]

    @property
    def urls(self) -> list[str]:
        """The addresses of all its API processes."""
        return self._target.urls

    @property
    def replicas(self) -> list[Replica]:
        """Its processes, of either role."""
        return self._target.replicas

    @property
    def levers(self) -> Levers:
        """Control over its processes."""
        assert self._target.levers is not None, "the server is started"
        return self._target.levers

    def log_of(self, replica: str) -> str:
        """Return what one of its processes has written so far."""
        return self.levers.log(replica)

    def _start(self) -> None:
        register_variables(SECRETS, os.environ)
        # Called last of all: those who write logs have ended by then.
        self._closing.callback(hide_in_folder, SECRETS, self.folder)
        stack = open_stack(self._stack_kind, self.folder / "stack", os.environ)
        self._closing.callback(stack.stop)
        # Only for the start: afterwards the variables are those of the tests that use the server.
        with without_postgres_variables() if stack.offers("own-servers") else nullcontext():
            stack.start()
            self._start_target(stack)
        logs = [each.name for each in self.replicas if each.role != "worker"]
        build_all(
            self.url, self.manifest.graphs, lambda: "".join(map(self.log_of, logs)), self._said
        )

    def _start_target(self, stack: Stack) -> None:
        self._target = _AppTarget(
            stack, self.folder, counts=self._counts, env=self._environ(), port=self._port
        )
        self._closing.callback(self._target.stop)
        try:
            self._target.start()
        except TargetError as error:
            blame_app(self.folder, self._said)
            raise error

    def _environ(self) -> Mapping[str, str]:
        name, limit_s = BLOCKED
        return {CONFIG_PATH: str(self.manifest.path), name: os.environ.get(name, limit_s)}


class _AppTarget(ReferenceTarget):
    """The reference server, its API on ports that the user chose, from `port` upwards."""

    def __init__(
        self, *args: object, port: int | None, counts: ReplicaCounts, env: Mapping[str, str]
    ) -> None:
        super().__init__(*args, counts=counts, env=env)  # type: ignore[arg-type]
        self._next_port = port

    def _choose_port(self, role: str) -> int:
        if role == "worker" or self._next_port is None:
            return super()._choose_port(role)
        port, self._next_port = self._next_port, self._next_port + 1
        return port
