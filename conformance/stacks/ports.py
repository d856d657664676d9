"""Free TCP ports for servers that we start.

Below 32768 only: an outgoing connection may take any port of the ephemeral range between our
looking and the server's binding, and some servers then silently move to another one. Chosen at
random, so that two harnesses on one machine do not walk up the same ladder.
"""

import random
import socket
import threading

from onceproof.conformance.errors import StackError

_RANGE = range(10_000, 32_768)
_ATTEMPTS = 200
_given: set[int] = set()
_lock = threading.Lock()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server could listen on this port of an address of this machine now."""
    with socket.socket() as probe:
        # As servers do: connections of a killed predecessor linger in TIME_WAIT.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def is_ours(address: str) -> bool:
    """Return whether a server could listen at this address: whether it is one of this machine."""
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.create_server((address, 0), family=family):
            return bool(address)
    except (OSError, ValueError):
        return False


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that is free now and that this process has not given out before."""
    with _lock:
        for port in random.sample(_RANGE, _ATTEMPTS):
            if port not in _given and is_free(port, host):
                _given.add(port)
                return port
    raise StackError(
        f"no free TCP port found on {host} between {_RANGE.start} and {_RANGE.stop - 1}; "
        "stop servers that are no longer needed"
    )
