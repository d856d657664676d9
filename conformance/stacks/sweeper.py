"""A watchman that removes containers and networks by their label once the harness is gone.

The engine's counterpart of `guard`: it waits on a pipe whose other end only the harness holds, so
it acts after SIGKILL as well. testcontainers' own reaper does the same where it may run; some
environments switch it off, or cannot pull its image.
"""

import subprocess
import sys

from onceproof.conformance.errors import StackError

LABEL = "onceproof.run"
_SWEPT_S = 60.0

# Argument: the label. The client is imported at the end only, since waiting should cost nothing.
# Several rounds, since an engine still creates what it was asked for when the harness died.
_SCRIPT = """
import sys, time
sys.stdin.read()
import docker, docker.errors
client, ours = docker.from_env(), {"label": sys.argv[1]}
failure = ""
for again in range(10):
    containers = client.containers.list(all=True, filters=ours)
    networks = client.networks.list(filters=ours)
    if not containers and not networks:
        sys.exit(0)
    whole = {"force": True, "v": True}
    for each, how in [*((one, whole) for one in containers), *((one, {}) for one in networks)]:
        try:
            each.remove(**how)
        except docker.errors.APIError as error:
            failure = str(error)
    time.sleep(0.2 * bool(failure))
sys.exit(failure)
"""


class Sweeper:
    """Removes what bears the label `onceproof.run=<label>`, at `sweep` or when we are gone."""

    def __init__(self, label: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, f"{LABEL}={label}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
        )

    def sweep(self) -> None:
        """Remove it all now; StackError names what the engine did not remove."""
        try:  # which closes the pipe that it waits on
            _, failure = self._process.communicate(timeout=_SWEPT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise StackError("the container engine did not remove our containers in time") from None
        if self._process.returncode:
            said = failure.decode(errors="replace").strip().splitlines()[-1:]
            raise StackError(f"containers or networks of ours are left: {' '.join(said)}")
