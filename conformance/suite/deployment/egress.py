"""The way out of the machine, blocked and watched: a proxy that takes connections and says nothing.

A client that goes out by itself, past the proxy of its environment, is seen by its connections.
"""

import contextlib
import ipaddress
import socket
from typing import Self

import psutil

from onceproof.conformance.suite.kit.verdicts import inconclusive

LOCAL = ("127.0.0.1", "localhost", "::1")


class BlackHole:
    """Listens, never answers, and knows afterwards who tried."""

    def __init__(self, host: str) -> None:
        """`host` is the address of this machine that the target reaches."""
        self._host = host

    def __enter__(self) -> Self:
        self._socket = socket.create_server((self._host, 0), backlog=64)
        self._socket.setblocking(False)
        return self

    def __exit__(self, *exc: object) -> None:
        self._socket.close()

    def environ(self) -> dict[str, str]:
        """Return the variables that make it a process's proxy for every host but this machine."""
        proxy = f"http://{self._host}:{self._socket.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        proxies = {form: proxy for name in names for form in (name, name.lower())}
        local = ",".join((*LOCAL, self._host))
        return {**proxies, "NO_PROXY": local, "no_proxy": local}

    def read_attempts(self) -> list[str]:
        """Return the first bytes of each connection that was opened to it."""
        seen = []
        with contextlib.suppress(BlockingIOError):
            while True:
                client, _ = self._socket.accept()
                with client, contextlib.suppress(BlockingIOError):
                    client.setblocking(False)
                    seen.append(client.recv(200).decode("latin-1"))
        return seen


def find_outside_connections(pids: list[int], host: str) -> set[str]:
    """Find what these processes are connected to outside this machine, which is `host` to them."""
    found: set[str] = set()
    try:
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                for each in psutil.Process(pid).net_connections(kind="inet"):
                    if each.raddr and not _is_here(each.raddr.ip, host):
                        found.add(f"{each.raddr.ip}:{each.raddr.port}")
    except psutil.AccessDenied:
        inconclusive(
            "onceproof may not read the connections of the target's processes; run it as their user"
        )
    return found


def _is_here(address: str, host: str) -> bool:
    return address == host or ipaddress.ip_address(address).is_loopback
