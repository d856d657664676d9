"""A watchman that outlives the harness and cleans up after it, even after SIGKILL.

Exit handlers run after an exception and after Ctrl-C, not after SIGKILL or the out-of-memory
killer. For those, a shell of a few kilobytes waits on a pipe whose other end only the harness
holds: when the harness is gone, however it went, the read ends and the watchman ends the
processes that were named to it and removes the folders.

Why not PR_SET_PDEATHSIG: it fires when the *thread* that started the child ends, not the
process; a change of user, which PostgreSQL needs under root, clears it; it needs code between
fork and exec of a process with threads; it knows Linux only; and it removes no folder.

What it cannot see: a process started in the microseconds between its start and `hold()`, and
a harness that forked without exec, since the child then holds the pipe open as well.
"""

import contextlib
import signal
import subprocess
import threading
from pathlib import Path

# Arguments: the first signal, then folders. Input: lines of process groups, the last one holds.
_SCRIPT = r"""
first=$1; shift; held=
while read -r line; do held=$line; done
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


class Guard:
    """Ends the held process groups and removes `folders` once this process is gone.

    `first` is the gentle signal; what still lives 6 s later is killed.
    """

    def __init__(self, *folders: Path, first: signal.Signals = signal.SIGKILL) -> None:
        self._held: set[int] = set()
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
        with self._lock:
            self._held.update(groups)
            self._tell()

    def release(self, *groups: int) -> None:
        """Forget process groups that have ended: their numbers will be given to others."""
        with self._lock:
            self._held.difference_update(groups)
            self._tell()

    def _tell(self) -> None:
        if self._shell.stdin is None or self._shell.stdin.closed:
            return
        line = " ".join(map(str, sorted(self._held)))
        # A watchman that somebody killed must not take the harness along.
        with contextlib.suppress(BrokenPipeError):
            self._shell.stdin.write(f"{line}\n".encode())
            self._shell.stdin.flush()

    def dismiss(self) -> None:
        """End whatever is still held, remove the folders, and return when that is done."""
        if self._shell.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._shell.stdin.close()
        self._shell.wait()
