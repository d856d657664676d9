"""The two servers of the embedded stack, each a child process on a port of 127.0.0.1.

Durability is left as PostgreSQL ships it (fsync and synchronous_commit on): a server that is
certified as losing nothing must pay for that here as it does in production. Redis keeps
nothing on disk: it is allowed to forget, and the faults rely on it forgetting.
"""

import errno
import os
import secrets
import signal
from pathlib import Path

from onceproof.conformance.errors import StackError, describe_full
from onceproof.conformance.stacks import probe
from onceproof.conformance.stacks.child import Account, Child, Surroundings, end_all
from onceproof.conformance.stacks.guard import Guard
from onceproof.conformance.stacks.last_words import quote_end
from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.waiting import wait_for_start

_START_S = 30.0
STOP_S = 10.0
_PORTS_TO_TRY = 3
#: What stands in the lines that say why; others may follow.
_GRAVE = ("FATAL", "PANIC", "error:", "ERROR")
_OTHERWISE = "free what is missing, or use --stack containers or --stack external"

_POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "128MB",
    # In the data folder, not in /dev/shm, where a killed server would leave it behind.
    "dynamic_shared_memory_type": "mmap",
}


class Server:
    """A server that keeps port and data from its first start to the last."""

    name = ""
    stop_signal = signal.SIGTERM

    def __init__(self, home: Path, guard: Guard, account: Account | None) -> None:
        self.home = home
        self.port = 0
        self._guard = guard
        # Without the user's PG*: PGDATA, PGPORT and the like would steer this server too.
        environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        self._inside = Surroundings({**environ, "LC_ALL": "C"}, home, account)
        self.child = self._make([])

    def _make(self, argv: list[str]) -> Child:
        return Child(argv, self.home / f"{self.name}.log", self._guard, self._inside)

    def argv(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        """Return whether this very process, and no other on its port, is ready for clients."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start on a new port without waiting."""
        self.port = free_port()
        self.child = self._make(self.argv())
        self._spawn()

    def settle(self) -> None:
        """Wait until it answers; take another port if somebody was faster on this one."""
        for _ in range(_PORTS_TO_TRY):
            if self._up():
                return
            if "Address already in use" not in self.child.output():
                break
            self.launch()
        raise self._failure("did not start")

    def start(self) -> None:
        """Start again on the same port and data, and wait until it answers."""
        if not self.child.alive():
            self._spawn()
        if not self._up():
            raise self._failure(f"did not start again on port {self.port}")

    def stop(self) -> None:
        """End it in good order, or by force after 10 s."""
        end_all([self.child], self.stop_signal, STOP_S)

    def restart(self) -> None:
        """`stop` and `start`."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Send SIGSTOP to all its processes."""
        self.child.pause()

    def resume(self) -> None:
        """Send SIGCONT to all its processes."""
        self.child.resume()

    def kill(self) -> None:
        """Send SIGKILL to all its processes."""
        self.child.kill()

    def alive(self) -> bool:
        """Return whether it has a process, paused or not."""
        return self.child.alive()

    def _up(self) -> bool:
        return wait_for_start(lambda: self.answers() or not self.child.alive(), _START_S) and (
            self.child.alive()
        )

    def _spawn(self) -> None:
        try:
            self.child.start()
        except OSError as error:
            raise self._failure(f"could not be run ({error.strerror})") from error

    def _failure(self, what: str) -> StackError:
        said = self.child.output()
        if os.strerror(errno.ENOSPC) in said:
            return StackError(describe_full(self.home))
        reasons = [line for line in said.splitlines() if any(word in line for word in _GRAVE)]
        quoted = quote_end(reasons[-1] if reasons else said) or "it wrote nothing"
        return StackError(f"the embedded {self.name} {what}: {quoted}; {_OTHERWISE}")


class EmbeddedPostgres(Server):
    """PostgreSQL with a password of its own, no sockets in the file system, TCP only."""

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions instead of waiting for them

    def __init__(self, install: Path, home: Path, guard: Guard, account: Account | None) -> None:
        self._programs = install / "bin"
        self._data = home / "data"
        self._account = account
        self._password = secrets.token_hex(16)
        super().__init__(home, guard, account)

    @property
    def uri(self) -> str:
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/postgres"

    def argv(self) -> list[str]:
        settings = {"port": str(self.port), **_POSTGRES_SETTINGS}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self._data), *options]

    def initialise(self) -> None:
        """Create the empty cluster."""
        secret = self.home / "password"
        secret.touch(0o600)
        secret.write_text(self._password, encoding="utf-8")
        if self._account is not None:
            os.chown(secret, self._account.uid, self._account.gid)
        self.child = self._make(
            [
                *(str(self._programs / "initdb"), "-D", str(self._data), "-U", "postgres"),
                *("--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C"),
                # Only the cluster's creation goes unsynced: there is nothing yet to lose.
                *("--no-sync", "--no-instructions"),
            ]
        )
        self._spawn()
        wait_for_start(lambda: self.child.status is not None, _START_S)
        if self.child.status != 0:
            self.child.kill()
            raise self._failure("could not create its data folder")
        secret.unlink()

    def answers(self) -> bool:
        """Return whether its own pid file says "ready"; one left by a killed predecessor has
        another number."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(self.child.pid) and lines[7].strip() == "ready"


class EmbeddedRedis(Server):
    """Redis without persistence and without a password, on the loopback interface only."""

    name = "redis"

    def __init__(self, program: Path, home: Path, guard: Guard) -> None:
        self._program = program
        super().__init__(home, guard, None)

    @property
    def uri(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def argv(self) -> list[str]:
        options = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.home)}
        fixed = {"save": "", "appendonly": "no", "daemonize": "no", "logfile": ""}
        words = [w for key, value in {**options, **fixed}.items() for w in (f"--{key}", value)]
        return [str(self._program), *words]

    def answers(self) -> bool:
        try:
            info = probe.redis_info(self.uri, self.name)
        except StackError:
            return False
        return info["process_id"] == self.child.pid
