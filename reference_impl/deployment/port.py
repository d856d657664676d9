"""The port on which a process listens."""

import errno
import socket

from onceproof.reference_impl.errors import ConfigError, Occupied

#: Connections that may wait to be accepted.
BACKLOG = 2048


def reserve_port(host: str, port: int) -> socket.socket:
    """Return a socket that has the port but does not listen yet, so that nobody is kept waiting.

    Raises Occupied if another process listens there, and ConfigError for any other reason.
    """
    try:
        if not 0 <= port <= 65_535:
            raise OverflowError("a port is a number from 0 to 65535")
        place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(place[0], place[1], place[2])
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(place[4])
        except OSError:
            made.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        raise _explain(host, port, error) from None
    return made


def listen(made: socket.socket) -> None:
    """Listen; raises Occupied if another process began to in the meantime."""
    host, port = made.getsockname()[:2]
    try:
        made.listen(BACKLOG)
    except OSError as error:
        raise _explain(host, port, error) from None


def _explain(host: str, port: int, error: Exception) -> ConfigError | Occupied:
    where = f"--host {host} --port {port}"
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return Occupied(f"{where}: another process listens there; take another port (or PORT)")
    reason = getattr(error, "strerror", None) or str(error)
    return ConfigError(f"{where}: {reason}; take an address and a port of this machine")
