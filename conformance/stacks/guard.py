"""A watchman that outlives the harness and cleans up after it, even after SIGKILL.

Exit handlers run after an exception and after Ctrl-C, not after SIGKILL or the out-of-memory
killer. For those, a shell of a few kilobytes waits on a pipe whose other end only the harness
holds: when the harness is gone, however it went, the read ends and the watchman ends the
processes that were named to it and removes the folders.

Why not PR_SET_PDEATHSIG: it fires when the *thread* that started the child ends, not the
process; a change of user, which PostgreSQL needs under root, clears it; it needs code between
fork and exec of a process with threads; it knows Linux only; and it removes no folder.

A process is known to the watchman before it exists: what is started is a shell that names itself on
the pipe, gives the pipe up and becomes the program, under the same number. Until it has done so it
keeps the pipe open, and the watchman waits.

What it cannot see: a harness that forked without exec, since the child then holds the pipe open as
well.
"""

import contextlib
import errno
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

# Arguments: the first signal, then folders. Input: a line for each process group, `+` and its
# number to hold it, `-` to let it go.
_SCRIPT = r"""
first=$1; shift; held=' '
while read -r change; do
  group=${change#?}
  case $held in *" $group "*) held="${held%%" $group "*} ${held#*" $group "}" ;; esac
  case $change in +*) held="$held$group " ;; esac
done
each() { for group in $held; do kill -s "$1" -- "-$group" 2>/dev/null; done; }
any() { for group in $held; do kill -s 0 -- "-$group" 2>/dev/null && return 0; done; return 1; }
each "$first"; each CONT
tries=0; while any && [ $tries -lt 60 ]; do sleep 0.1; tries=$((tries + 1)); done
each KILL
[ $# -eq 0 ] && exit 0
tries=0; until rm -rf -- "$@" 2>/dev/null; do
  [ $tries -lt 50 ] || exit 1; sleep 0.1; tries=$((tries + 1))
done
"""


# Arguments: a program and its own. Its input is the pipe, until it becomes the program. The pipe of
# a watchman that somebody killed must not take it along.
_NAMED = 'trap "" PIPE; echo "+$$" 2>/dev/null >&0; trap - PIPE; exec "$@" </dev/null'


class Guard:
    """Ends the held process groups and removes `folders` once this process is gone.

    `first` is the gentle signal; what still lives 6 s later is killed.
    """

    def __init__(self, *folders: Path, first: signal.Signals = signal.SIGKILL) -> None:
        self._lock = threading.Lock()
        name = first.name.removeprefix("SIG")
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SCRIPT, "guard", name, *map(str, folders)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
        )

    def hold(self, *groups: int) -> None:
        """Add process groups to end."""
        self._tell("+", groups)

    def release(self, *groups: int) -> None:
        """Forget process groups that have ended: their numbers will be given to others."""
        self._tell("-", groups)

    def start(self, argv: Sequence[str], **how: Any) -> "subprocess.Popen[bytes]":
        """Start a program that leads a process group held from before it exists; OSError if none.

        `how` goes to `subprocess.Popen`, the standard input excepted.
        """
        environ = how.get("env") or os.environ
        if shutil.which(argv[0], path=environ.get("PATH")) is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), argv[0])
        named = ["/bin/sh", "-c", _NAMED, "named", *argv]
        with self._lock:
            return subprocess.Popen(named, stdin=self._shell.stdin, process_group=0, **how)

    def _tell(self, change: str, groups: Iterable[int]) -> None:
        lines = "".join(f"{change}{group}\n" for group in groups)
        with self._lock:
            if self._shell.stdin is None or self._shell.stdin.closed:
                return
            # A watchman that somebody killed must not take the harness along.
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.write(lines.encode())
                self._shell.stdin.flush()

    def dismiss(self) -> None:
        """End whatever is still held, remove the folders, and return when that is done."""
        if self._shell.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.close()
        self._shell.wait()
