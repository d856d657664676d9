"""The way out of the machine, blocked and watched: a proxy that takes connections and says nothing.

A client that goes out by itself, past the proxy of its environment, is seen by its connections.
"""

import contextlib
import ipaddress
import socket
from types import TracebackType
from typing import Self

import psutil

LOCAL = "127.0.0.1,localhost,::1"


class BlackHole:
    """Listens, never answers, and knows afterwards who tried."""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._socket.setblocking(False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._socket.close()

    def environ(self) -> dict[str, str]:
        """What makes it the proxy of a process for every host but this machine."""
        proxy = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        proxies = {form: proxy for name in names for form in (name, name.lower())}
        return {**proxies, "NO_PROXY": LOCAL, "no_proxy": LOCAL}

    def tried(self) -> list[str]:
        """The first bytes of each connection that has been opened to it."""
        seen = []
        with contextlib.suppress(BlockingIOError):
            while True:
                client, _ = self._socket.accept()
                with client, contextlib.suppress(BlockingIOError):
                    client.setblocking(False)
                    seen.append(client.recv(200).decode("latin-1"))
        return seen


def connections_out(pids: list[int]) -> set[str]:
    """The addresses outside of this machine that these processes are connected to."""
    found: set[str] = set()
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            for each in psutil.Process(pid).net_connections(kind="inet"):
                if each.raddr and not ipaddress.ip_address(each.raddr.ip).is_loopback:
                    found.add(f"{each.raddr.ip}:{each.raddr.port}")
    return found
