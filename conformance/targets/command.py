"""A deployment that we start from a command line, as one or more processes on a stack."""

import atexit
import contextlib
import hashlib
import os
import shlex
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.errors import TargetError
from conformance.stacks import Stack
from conformance.stacks.child import Child, Surroundings, end_all
from conformance.stacks.guard import Guard
from conformance.stacks.ports import free_port
from conformance.stacks.uris import redact, redact_words
from conformance.stacks.waiting import abandoned
from conformance.targets.base import Levers, Replica
from conformance.targets.health import HEALTH_PATHS, client_for, document, version_of
from conformance.targets.process import ProcessLevers, ReplicaProcess, wait_healthy
from conformance.targets.template import CommandTemplate, filled, replica_names

START_S = 60.0
STOP_S = 10.0
HURRIED_S = 2.0
_INFO_S = 5.0
# Other names for what the stack gives: left as the user has them, they could win over it, and
# the report would describe servers that the target never used.
_ALIASES = {
    "DATABASE_URI": ("POSTGRES_URI", "POSTGRES_URI_CUSTOM", "DATABASE_URI_CUSTOM"),
    "REDIS_URI": ("REDIS_URI_CUSTOM",),
}


#: What is added to the environment of the replica of this name.
EnvOf = Callable[[str], Mapping[str, str]]


def nothing_of_its_own(name: str) -> Mapping[str, str]:
    """All replicas are told the same."""
    return {}


class CommandTarget:
    """Processes of `command` on `stack`, with their logs in `folder`/logs.

    With `{role}` in the command: `api_replicas` with role api and `worker_replicas` with role
    worker, each on its own port; without workers those with an API have the role all. Without
    `{role}`: `api_replicas` processes that do everything. A worker serves no API but answers its
    health path like the others: `health`, or the first of `HEALTH_PATHS` that it knows. `env_of`
    names what only the replica of that name is told. `in_turn` starts each when the one before it
    is healthy.
    """

    kind = "command"

    def __init__(
        self,
        command: str,
        stack: Stack,
        folder: Path,
        *,
        api_replicas: int = 1,
        worker_replicas: int = 1,
        env: Mapping[str, str] | None = None,
        health: str | None = None,
        env_of: EnvOf = nothing_of_its_own,
        in_turn: bool = False,
        start_s: float = START_S,
        stop_s: float = STOP_S,
    ) -> None:
        self._in_turn = in_turn
        self._template = CommandTemplate(command)
        self._command = command
        self._stack = stack
        self._logs = folder / "logs"
        self._names = replica_names(self._template.has_roles, api_replicas, worker_replicas)
        self._env, self._env_of = dict(env or {}), env_of
        self._health = (health,) if health else HEALTH_PATHS
        self._start_s, self._stop_s = start_s, stop_s
        self._processes: dict[str, ReplicaProcess] = {}
        self._guard: Guard | None = None
        self._owner: int | None = None
        self._facts: dict[str, Any] = {}
        self.urls: list[str] = []
        self.replicas: list[Replica] = []
        self.levers: Levers | None = None

    def start(self) -> None:
        """Start all processes, side by side or in turn, and return when each is healthy."""
        self.launch()
        try:
            wait_healthy(self._processes.values(), self._start_s)
            self._facts["version"] = self._told_version()
        except BaseException:
            self.stop()
            raise

    def launch(self) -> None:
        """Start all processes, and wait for none but those that others have to wait for."""
        if self._owner is not None:
            raise TargetError("the target is already started; stop it first")
        environ = self._environ()
        executable = self._template.executable(environ)
        self._facts = {"executable": executable, "executable_sha256": _file_digest(executable)}
        self._owner = os.getpid()
        atexit.register(self.stop)
        try:
            self._launch(environ)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """SIGTERM for all, then SIGKILL for what is left after `stop_s` seconds.

        After Ctrl-C nobody waits so long for what has nothing left to save.
        """
        # A forked child inherits the exit handler, and must not end its parent's servers.
        if self._owner != os.getpid():
            return
        with contextlib.ExitStack() as last:
            if self._guard is not None:
                last.callback(self._guard.dismiss)
            children = [process.child for process in self._processes.values()]
            end_all(children, signal.SIGTERM, HURRIED_S if abandoned.is_set() else self._stop_s)
        self._processes.clear()  # in place: levers that are still held must find nothing
        self._guard, self._owner = None, None
        atexit.unregister(self.stop)

    def identity(self) -> dict[str, Any]:
        """What we were told to run, and the digest of the program that it resolved to."""
        words = [redact(word) for word in shlex.split(self._command)]
        return {
            "kind": self.kind,
            "command": redact_words(self._command),
            "argv": words,
            "replicas": {role: self._roles().count(role) for role in sorted(set(self._roles()))},
            "version": None,
            "strength": "declared",
            **self._facts,
        }

    def _roles(self) -> list[str]:
        return [role for _, role in self._names]

    def _environ(self) -> dict[str, str]:
        environ = dict(os.environ)
        given = {"DATABASE_URI": self._stack.database_uri, "REDIS_URI": self._stack.redis_uri}
        for name, uri in given.items():
            if uri:
                for alias in _ALIASES[name]:
                    environ.pop(alias, None)
                environ[name] = uri
        environ |= self._env
        return {**environ, **filled(self._env, environ)}

    def _launch(self, environ: dict[str, str]) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        self._guard = guard = Guard()
        for name, role in self._names:
            port = free_port()
            argv = self._template.argv(port, role, environ)
            own = self._env_of(name)
            inside = Surroundings({**environ, **filled(self._env, {**environ, **own}), **own})
            child = Child(argv, self._logs / f"{name}.log", guard, inside)
            own_url = f"http://127.0.0.1:{port}"
            url = None if role == "worker" else own_url
            replica = Replica(name, role, url, own_url)
            self._processes[name] = ReplicaProcess(replica, child, port, self._health)
        self.replicas = [process.replica for process in self._processes.values()]
        self.urls = [replica.url for replica in self.replicas if replica.url is not None]
        self.levers = ProcessLevers(self._processes, self._start_s)
        launched: list[ReplicaProcess] = []
        for process in self._processes.values():
            if self._in_turn:
                wait_healthy(launched, self._start_s)
            process.launch()
            launched.append(process)

    def _told_version(self) -> str | None:
        with client_for(self.urls[0], _INFO_S) as client:
            return version_of(document(client, f"{self.urls[0]}/info"))


def _file_digest(path: str) -> str | None:
    """SHA-256 of the file; None for one that may be run but not read."""
    try:
        with Path(path).resolve().open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError:
        return None
