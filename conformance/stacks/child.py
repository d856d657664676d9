"""One foreign process that leads a process group, writes to a log, and can be broken at will.

Pausing and killing take the whole family: a PostgreSQL whose postmaster alone is stopped goes
on answering through its backends, which lead sessions of their own and so are out of reach of
a signal to the group. Asking to end (SIGTERM, SIGINT) goes to the leader alone, as container
engines do: passing it on is the server's own business.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from onceproof.conformance.stacks.guard import Guard
from onceproof.conformance.stacks.last_words import quote_end
from onceproof.conformance.stacks.waiting import wait_for_end, wait_until

_GONE_S = 10.0
_STILL_S = 5.0


@dataclass(frozen=True)
class Account:
    """A user of the operating system that a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Surroundings:
    """What a process is started in; None leaves what the harness has."""

    environ: Mapping[str, str] | None = None
    folder: Path | None = None
    account: Account | None = None


class Child:
    """A process to start, break and start again with the same arguments; one at a time."""

    def __init__(
        self, argv: Sequence[str], log: Path, guard: Guard, inside: Surroundings | None = None
    ) -> None:
        self._argv = list(argv)
        self._log = log
        self._guard = guard
        self._inside = inside or Surroundings()
        self._process: subprocess.Popen[bytes] | None = None
        self._swept = True

    def start(self) -> None:
        """Start it; OSError when the operating system cannot."""
        account = self._inside.account
        with self._log.open("ab") as log:
            self._process = self._guard.start(
                self._argv,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._inside.environ,
                cwd=self._inside.folder,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self._swept = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs or before its start."""
        if self._process is None:
            return None
        status = self._process.poll()
        if status is not None:
            self._sweep()
        return status

    def alive(self) -> bool:
        """Return whether it runs; a paused one does."""
        return self._process is not None and self.status is None

    def pause(self) -> None:
        """Send SIGSTOP to the whole family; returns when none of it runs any more.

        A signal is taken when its process is next scheduled: on a busy machine that is later than
        the call that sent it, and what a fault is timed by must not begin before the fault does.
        """
        family = self._freeze()
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                family.append(psutil.Process(self._process.pid))
        wait_until(lambda: all(_still(member) for member in family), _STILL_S)

    def resume(self) -> None:
        """Send SIGCONT to the whole family."""
        if self.alive():
            family = self._family()
            for member in family:
                _quietly(member.resume)
            self._signal_group(signal.SIGCONT)
            self._guard.release(*(member.pid for member in family))

    def kill(self) -> None:
        """Send SIGKILL to the whole family; returns when none of it is left."""
        family = self._freeze()
        for member in family:
            _quietly(member.kill)
        self._signal_group(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._sweep()
        wait_until(lambda: all(_is_dead(member) for member in family), _GONE_S)
        self._guard.release(*(member.pid for member in family))

    def ask(self, request: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the leader; a paused one takes it when it is resumed."""
        if self._process is not None and self.alive():
            self._process.send_signal(request)

    def wait(self, wait_s: float) -> int | None:
        """Return the exit status, or None when it still runs after `wait_s` seconds."""
        if self._process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(wait_s)
        return self.status

    def has(self, pid: int) -> bool:
        """Return whether a process is this one or one of its descendants."""
        return pid == self.pid or any(member.pid == pid for member in self._family())

    def pids(self) -> list[int]:
        """Return this process and its descendants; empty while it does not run."""
        if self._process is None or not self.alive():
            return []
        return [self._process.pid, *(member.pid for member in self._family())]

    def listening(self) -> set[int]:
        """Return the TCP ports that it and its descendants listen on, where we may see them."""
        ports: set[int] = set()
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            for member in [psutil.Process(self.pid), *self._family()] if self.alive() else []:
                sockets = member.net_connections(kind="tcp")
                ports.update(s.laddr.port for s in sockets if s.status == psutil.CONN_LISTEN)
        return ports

    def output(self) -> str:
        """Return all that it has written so far, over all its starts."""
        return self._log.read_text(errors="replace", encoding="utf-8") if self._log.exists() else ""

    def last_words(self) -> str:
        """Return the end of its output on one line, for a message, and where the whole of it is."""
        said = quote_end(self.output())
        return f"{said} (its log is {self._log})" if said else "it wrote nothing"

    def _freeze(self) -> list[psutil.Process]:
        """Stop the leader first, since a stopped one starts no more; return its descendants."""
        self._signal_group(signal.SIGSTOP)
        frozen: dict[int, psutil.Process] = {}
        while fresh := [member for member in self._family() if member.pid not in frozen]:
            for member in fresh:
                _quietly(member.suspend)
                frozen[member.pid] = member
        self._guard.hold(*frozen)
        return list(frozen.values())

    def _family(self) -> list[psutil.Process]:
        if self._process is None or self._process.poll() is not None:
            return []
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _sweep(self) -> None:
        """End what the leader left behind in its group, once: the number may be given anew."""
        if self._process is not None and not self._swept:
            self._swept = True
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._guard.release(self._process.pid)


def end_all(children: Iterable[Child], request: signal.Signals, wait_s: float) -> None:
    """Resume all, ask all to end, and kill what is left after `wait_s` seconds in all.

    Each is asked once: many servers take a second SIGTERM as an order to drop everything. After
    Ctrl-C there is less time, see `conformance.stopping`.
    """
    children = list(children)
    for child in children:
        child.resume()
        child.ask(request)
    wait_for_end(lambda: all(child.status is not None for child in children), wait_s)
    for child in children:
        child.kill()


def _quietly(act: Callable[[], object]) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        act()


def _still(member: psutil.Process) -> bool:
    """Stopped, or ended."""
    try:
        return member.status() == psutil.STATUS_STOPPED or _is_dead(member)
    except psutil.NoSuchProcess:
        return True


def _is_dead(member: psutil.Process) -> bool:
    """Ended, or a zombie that some other parent is slow to collect."""
    try:
        return not member.is_running() or member.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
