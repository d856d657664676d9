"""A lever that is a shell command: what `--lever NAME=COMMAND` says, and what comes of it."""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterable
from typing import IO

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.secrets.find import show

REPLICA = "{replica}"
LEVERS = ("kill", "pause", "resume", "terminate", "start", "alive", "log", "pids", "host")
#: A lever that breaks something is of no use without the one that mends it.
MENDS = {"kill": "start", "terminate": "start", "pause": "resume"}

_LAST_LINES = 5


class ShellLever:
    """Runs `command` with the replica's name in it; called, it returns what the command wrote."""

    def __init__(self, name: str, command: str) -> None:
        self._name = name
        self._command = command

    def __call__(self, replica: str, limit_s: float) -> str:
        """TargetError when it fails; TimeoutError, with its family killed, after `limit_s`."""
        command = self._command.replace(REPLICA, shlex.quote(replica))
        # A file, not a pipe: a server that the command leaves behind would hold a pipe open.
        with tempfile.TemporaryFile() as output:
            status = _status(command, output, limit_s)
            output.seek(0)
            text = output.read().decode(errors="replace")
        if status:
            raise TargetError(
                f"--lever {self._name}: {show(command)!r} ended with status {status}: "
                f"{_end_of(text)}"
            )
        return text


def parse_levers(options: Iterable[str]) -> dict[str, ShellLever]:
    """Return the levers of options NAME=COMMAND; UsageError says what is wrong with one."""
    found: dict[str, ShellLever] = {}
    for option in options:
        name, equals, command = option.partition("=")
        _check(option, name, command if equals else "")
        if name in found:
            raise UsageError(f"--lever {name} is given twice: one command for each")
        found[name] = ShellLever(name, command)
    for breaks, mends in MENDS.items():
        if breaks in found and mends not in found:
            raise UsageError(
                f"--lever {breaks} needs --lever {mends}, which mends what it breaks; where "
                "something else does that, give a command that waits for it"
            )
    return found


def _check(option: str, name: str, command: str) -> None:
    if name not in LEVERS:
        raise UsageError(
            f"--lever {show(option)!r} names no lever; the levers are {', '.join(LEVERS)}"
        )
    if not command.strip():
        raise UsageError(f"--lever {name} has no command; write --lever {name}='COMMAND {REPLICA}'")
    if REPLICA not in command:
        raise UsageError(
            f"--lever {name}={show(command)!r} does not say which replica; write {REPLICA} "
            "where its name belongs"
        )


def _status(command: str, output: IO[bytes], limit_s: float) -> int:
    process = subprocess.Popen(
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise TimeoutError(f"{show(command)!r} took more than {limit_s:g} s") from None


def _end_of(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-_LAST_LINES:]) or "it wrote nothing"
