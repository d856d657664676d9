"""A deployment that we start from a command line, as one or more processes on a stack."""

import contextlib
import hashlib
import os
import shlex
import signal
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from onceproof.conformance.errors import TargetError
from onceproof.conformance.secrets.find import show, show_words
from onceproof.conformance.stacks import Stack
from onceproof.conformance.stacks.child import Child, Surroundings, end_all
from onceproof.conformance.stacks.guard import Guard
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.waiting import wait_for_start
from onceproof.conformance.targets.base import ONE_OF_EACH, Facts, Replica, ReplicaCounts
from onceproof.conformance.targets.capabilities import STARTED
from onceproof.conformance.targets.health import HEALTH_PATHS
from onceproof.conformance.targets.kinds import TargetPlan
from onceproof.conformance.targets.levers import wait_healthy
from onceproof.conformance.targets.process import ReplicaProcess
from onceproof.conformance.targets.started import StartedTarget
from onceproof.conformance.targets.template import CommandTemplate, fill_environment, name_replicas

#: What messages call the commands that do not come from --command.
WORKERS = "--worker-command"
FIRST = "start.first"

START_S = 60.0
STOP_S = 10.0
# Other names for what the stack gives: left as the user has them, they could win over it, and
# the report would describe servers that the target never used.
_ALIASES = {
    "DATABASE_URI": ("POSTGRES_URI", "POSTGRES_URI_CUSTOM", "DATABASE_URI_CUSTOM"),
    "REDIS_URI": ("REDIS_URI_CUSTOM",),
}


#: What is added to the environment of the replica of this name.
EnvOf = Callable[[str], Mapping[str, str]]


def nothing_of_its_own(name: str) -> Mapping[str, str]:
    """Return no variables: all replicas have the same environment."""
    return {}


class CommandTarget(StartedTarget[ReplicaProcess]):
    """Processes of `command` on `stack`, with their logs in `folder`/logs.

    With `{role}` in the command: `counts.api` with role api and `counts.workers` with role worker,
    each on its own port; without workers those with an API have the role all. Without `{role}`:
    `counts.api` processes that do everything. With a `worker_command` that one starts the workers.
    A worker serves no API but answers its health path like the others: `health`, or the first of
    `HEALTH_PATHS` that it knows; unless its command has no `{port}`. `env_of` returns what is added
    to the environment of the replica of that name. `first` is a command that has to end well before
    any of them is started; `in_turn` starts each when the one before it is healthy. `install` is
    what messages advise where one does not start.

    At the stop all get SIGTERM, and what is left after `stop_s` seconds (less after Ctrl-C)
    SIGKILL.
    """

    kind = "command"
    capabilities = STARTED | {"proxies", "own-port"}

    def __init__(
        self,
        command: str,
        stack: Stack,
        folder: Path,
        *,
        counts: ReplicaCounts = ONE_OF_EACH,
        env: Mapping[str, str] | None = None,
        health: str | None = None,
        worker_command: str | None = None,
        first: str | None = None,
        install: str | None = None,
        env_of: EnvOf = nothing_of_its_own,
        in_turn: bool = False,
        start_s: float = START_S,
        stop_s: float = STOP_S,
    ) -> None:
        self._in_turn = in_turn
        self._template = CommandTemplate(command)
        self._of_workers = self._template
        if worker_command:
            self._of_workers = CommandTemplate(worker_command, WORKERS, needs_port=False)
        self._first = CommandTemplate(first, FIRST, needs_port=False) if first else None
        names = name_replicas(self._template.has_roles or bool(worker_command), counts)
        super().__init__(stack, folder, names, start_s=start_s, stop_s=stop_s)
        self._command, self._worker_command = command, worker_command
        self._env, self._env_of = dict(env or {}), env_of
        self._health = (health,) if health else HEALTH_PATHS
        self._install = install
        self._guard: Guard | None = None

    def _describe_program(self) -> Facts:
        """The command; `_facts` have the digest of the program that it resolved to."""
        workers = {"worker_command": show(self._worker_command)} if self._worker_command else {}
        argv = show_words(shlex.split(self._command))
        return {"command": show(self._command), "argv": argv, **workers}

    def _make_replicas(self) -> Iterable[ReplicaProcess]:
        environ = self._environ()
        executable = self._template.executable(environ)
        self._of_workers.executable(environ)
        self._facts = {"executable": executable, "executable_sha256": _file_digest(executable)}
        self._guard = guard = Guard()
        return [self._process(name, role, environ, guard) for name, role in self._names]

    def _process(
        self, name: str, role: str, environ: Mapping[str, str], guard: Guard
    ) -> ReplicaProcess:
        port, own = self._choose_port(role), self._env_of(name)
        template = self._of_workers if role == "worker" else self._template
        own_url = f"http://127.0.0.1:{port}" if template.has_port else None
        return ReplicaProcess(
            Replica(name, role, None if role == "worker" else own_url, own_url),
            port,
            template.argv(port, role, environ),
            log=self._logs / f"{name}.log",
            guard=guard,
            inside=Surroundings(
                {**environ, **fill_environment(self._env, {**environ, **own}), **own}
            ),
            paths=self._health,
            install=self._install,
        )

    def _choose_port(self, role: str) -> int:
        """The port of the next replica, of this role."""
        return free_port()

    def _run_first(self) -> None:
        """Run what has to end well before, such as a migration; TargetError if it does not."""
        if self._first is None or self._guard is None:
            return
        environ, log = self._environ(), self._logs / "first.log"
        self._first.executable(environ)
        argv = self._first.argv(0, "all", environ)
        child = Child(argv, log, self._guard, Surroundings(environ))
        child.start()
        wait_for_start(lambda: child.status is not None, self._start_s)
        status = child.status
        child.kill()
        if status != 0:
            ended = (
                f"did not end within {self._start_s:g} s"
                if status is None
                else (f"ended with status {status}")
            )
            raise TargetError(f"{FIRST} of the target's profile {ended}: {child.last_words()}")

    def start_command(self, port: int, environ: Mapping[str, str]) -> list[str] | None:
        """Return the words that start one API process of this environment on `port`."""
        return self._template.argv(port, "api", environ)

    def _begin(self) -> None:
        self._run_first()
        launched: list[ReplicaProcess] = []
        for process in self._started.values():
            if self._in_turn:
                wait_healthy(launched, self._start_s)
            process.launch()
            launched.append(process)

    def _end(self) -> None:
        with contextlib.ExitStack() as last:
            if self._guard is not None:
                last.callback(self._guard.dismiss)
            end_all(self._started.values(), signal.SIGTERM, self._stop_s)
        self._guard = None

    def _environ(self) -> dict[str, str]:
        environ = dict(os.environ)
        for name, uri in self._addresses().items():
            for alias in _ALIASES[name]:
                environ.pop(alias, None)
            environ[name] = uri
        environ |= self._env
        return {**environ, **fill_environment(self._env, environ)}


def _file_digest(path: str) -> str | None:
    """SHA-256 of the file; None for one that may be run but not read."""
    try:
        with Path(path).resolve().open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError:
        return None


def make(plan: TargetPlan) -> CommandTarget:
    """Make a target of a session's plan."""
    assert plan.command is not None, "a target of kind 'command' has a command"
    return CommandTarget(
        plan.command,
        plan.stack,
        plan.folder,
        counts=plan.counts,
        env=plan.env,
        env_of=plan.env_of,
        worker_command=plan.worker_command,
        first=plan.first,
        install=plan.install,
        health=plan.health,
        in_turn=plan.in_turn,
    )
