"""A command of ours, watched: what it printed, its status, and what others could read of it.

Whoever may list processes reads their command lines, so a secret that we put on one is a leak.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, Signals

from tests.hearing import hear_signals
from tests.secrets.canaries import find_traces, list_command_lines

ROOT = Path(__file__).resolve().parents[2]
ONCEPROOF = [sys.executable, "-m", "onceproof.conformance"]
LOOK_S = 0.02
LIMIT_S = 300.0


@dataclass
class Watched:
    """How a command ended, its output, and the command lines that held a canary."""

    status: int
    output: bytes
    seen: set[bytes] = field(default_factory=set)

    def find_leaks(self) -> list[str]:
        """Return what leaked on the terminal, or by a command line."""
        said = [f"terminal: {found!r}" for found in find_traces(self.output)]
        return said + [f"command line: {line!r}" for line in self.seen]


class Running:
    """A command under way; its standard error goes with its standard output."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            words,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=hear_signals,
        )
        self._said: list[bytes] = []
        self._seen: set[bytes] = set()
        self._over, self._sight = threading.Event(), threading.Event()
        self._news = threading.Condition()
        self._threads = [threading.Thread(target=each) for each in (self._read, self._look)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, said: str) -> bool:
        """Return whether it says so before it ends."""
        with self._news:
            self._news.wait_for(lambda: self._has(said) or self._over.is_set(), LIMIT_S)
            return self._has(said)

    def wait_for_sight(self) -> None:
        """Wait until a canary is seen on a command line."""
        self._sight.wait(LIMIT_S)

    @property
    def output(self) -> bytes:
        return b"".join(self._said)

    def ask(self, number: Signals = SIGINT) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> Watched:
        """Wait for its end."""
        try:
            status = self._process.wait(LIMIT_S)
        finally:
            if self._process.poll() is None:
                self._process.kill()
            for thread in self._threads:
                thread.join()
            if self._process.stdout:
                self._process.stdout.close()
        return Watched(status, self.output, self._seen)

    def _has(self, said: str) -> bool:
        return said.encode() in self.output

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self._said.append(line)
                self._news.notify_all()
        self._over.set()
        with self._news:
            self._news.notify_all()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            self._seen |= set(list_command_lines(self._process.pid))
            if self._seen:
                self._sight.set()


def watch(
    words: Sequence[str], environ: Mapping[str, str], folder: Path, interrupt_at: str = ""
) -> Watched:
    """Run a command to its end; interrupt it, as by Ctrl-C, once it has said `interrupt_at`."""
    running = Running(words, environ, folder)
    if interrupt_at and running.wait_for(interrupt_at):
        running.ask()
    return running.end()
