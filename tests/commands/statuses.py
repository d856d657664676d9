"""The table of commands, situations and exit statuses: as docs/exit-status.md has it.

A failing test prints the rows that the page lacks.
"""

import io
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from onceproof.conformance import cli
from onceproof.conformance.history import Record
from tests.certificate.signed_run import SignedRun
from tests.hearing import hear_signals
from tests.judgement.finished import TWICE, finished

ROOT = Path(__file__).resolve().parents[2]
#: The same without its second attempt.
ONCE = [*TWICE[:5], *TWICE[8:]]
STANDIN = ROOT / "tests" / "targets" / "stand_in_server.py"
SERVER = f"{{python}} {STANDIN} --port {{port}}"
PROGRAM = (sys.executable, "-m", "onceproof.conformance")
LIMIT_S = 120


class Stranger(BaseHTTPRequestHandler):
    """Answers 404, or below /closed/ as an Agent Server that wants credentials."""

    def do_GET(self) -> None:
        if not self.path.startswith("/closed/"):
            return self.answer(404)
        return self.answer(200 if self.path.rpartition("/")[2] in ("ok", "info") else 401)

    do_POST = do_DELETE = do_GET

    def answer(self, status: int) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        pass


@dataclass
class Ground:
    """What a row may use: a folder of its own, and servers."""

    home: Path
    stranger: str

    @property
    def run(self) -> Path:
        """The folder of a run that is over, made on the first use."""
        folder = self.home / "run"
        if not folder.exists():
            folder.mkdir()
            finished(folder)
        return folder

    @property
    def signed(self) -> SignedRun:
        """A run that is signed, with its key."""
        return SignedRun(self.home)

    def worse(self) -> tuple[Path, Path]:
        """A run without a finding, and one with it."""
        return self._made("once", ONCE), self.run

    def less(self) -> tuple[Path, Path]:
        """A run, and one that shows nothing of what it has shown."""
        return self._made("once", ONCE), self._made("nothing", TWICE[8:9])

    def _made(self, name: str, records: list[Record]) -> Path:
        folder = self.home / name
        folder.mkdir()
        finished(folder, records)
        return folder

    def cut(self, name: str) -> Path:
        """The folder of a run of which one file was cut."""
        path = self.run / name
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        return self.run

    @property
    def gone(self) -> Path:
        return self.home / "gone"


@contextmanager
def open_ground(home: Path) -> Iterator[Ground]:
    """Serve what is no Agent Server for the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Ground(home, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def call(*words: object) -> int:
    """Call the command line in this process; the status it ends with."""
    nowhere = io.TextIOWrapper(io.BytesIO())
    with redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            cli.main(list(map(str, words)))
        except SystemExit as ended:
            return int(ended.code or 0)
        return 0


def spawn(*words: object, **how: object) -> int:
    """Call it in a process of its own, in a pipe or with whatever else `how` says."""
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **how}
    argv = [*PROGRAM, *map(str, words)]
    return subprocess.run(argv, timeout=LIMIT_S, check=False, cwd=ROOT, **streams).returncode  # type: ignore[call-overload]


def stand_in(g: Ground, *more: object) -> list[object]:
    """A certification that takes seconds: one requirement of the smallest server."""
    only = () if "--only" in more else ("--only", "SYS-01")
    return [
        "certify",
        "--command",
        SERVER,
        "--stack",
        "none",
        "--run-dir",
        g.home / "new",
        *only,
        *more,
    ]


def interrupt(number: signal.Signals, words: Sequence[object], at: str) -> int:
    """Send it a signal once it has printed `at`."""
    process = subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=hear_signals,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as output:
        if any(at in line for line in output):
            process.send_signal(number)
        for _ in output:
            pass
        return process.wait(LIMIT_S)


def into_closed_pipe(*words: object) -> int:
    """Call it with a reader that has gone, as `head -1` does."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return spawn(*words, stdout=writing)
    finally:
        os.close(writing)


def with_files_of(size_bytes: int) -> Callable[[], None]:
    """A disk with room for files of this size, and no more."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def broken(how: str, *words: object) -> int:
    """Call it where whatever is written is broken: `LIES` on the way to the disk, or `FILLS` it."""
    script = f"import tests.commands.broken_disk as disk; disk.{how}()"
    runs = "import sys; from onceproof.conformance.cli import main; main(sys.argv[1:])"
    argv = [sys.executable, "-c", f"{script}; {runs}", *map(str, words)]
    nowhere = subprocess.DEVNULL
    return subprocess.run(
        argv, timeout=LIMIT_S, check=False, cwd=ROOT, stdout=nowhere, stderr=nowhere
    ).returncode


@dataclass(frozen=True)
class Row:
    """A command, the situation it is in, the status it ends with, and how to bring that about."""

    command: str
    situation: str
    status: int
    bring_about: Callable[[Ground], int]

    def __str__(self) -> str:
        return f"| `{self.command}` | {self.situation} | {self.status} |"
