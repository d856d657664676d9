"""Bare connections that go the way in use: where bytes are sent and counted one by one."""

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from urllib.parse import urlsplit

from onceproof.conformance.access.gathered import ASKED
from onceproof.conformance.access.proxies import Proxy, proxy_for
from onceproof.conformance.access.way import current_way

CONNECT_S = 10.0
_HEAD_BYTES = 65_536


class Door:
    """The way to one base URL, for whoever writes requests by hand."""

    def __init__(self, url: str) -> None:
        """UsageError if the environment names a proxy that cannot be used."""
        self._parts = urlsplit(url)
        self._proxy = proxy_for(url)

    @property
    def is_secure(self) -> bool:
        return self._parts.scheme == "https"

    @property
    def host(self) -> str:
        return self._parts.hostname or ""

    @property
    def port(self) -> int:
        return self._parts.port or (443 if self.is_secure else 80)

    @property
    def host_field(self) -> str:
        """The value of the Host header."""
        return self._parts.netloc.rpartition("@")[2]

    def target(self, path: str) -> str:
        """Return a request's target: the path below the base URL, whole if a proxy is asked."""
        whole = self._parts.path.rstrip("/") + path
        forwarded = self._proxy is not None and not self.is_secure
        return f"http://{self.host_field}{whole}" if forwarded else whole

    def fields(self) -> dict[str, str]:
        """Return the headers of each request: Host, those of the way, and the proxy's login."""
        fields = {"host": self.host_field, **current_way().headers.values()}
        if self._proxy is not None and self._proxy.login and not self.is_secure:
            fields["proxy-authorization"] = self._proxy.login
        return fields

    def head(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> bytes:
        """Return the head of a request, with more header fields, up to and with its empty line."""
        ASKED.note(path)
        every = {**self.fields(), **{name.lower(): v for name, v in (fields or {}).items()}}
        lines = [f"{method} {self.target(path)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in every.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def dial(self, connect_s: float = CONNECT_S) -> socket.socket:
        """Return a connection to the server or its proxy, before any TLS; OSError without one."""
        if self._proxy is None:
            return socket.create_connection((self.host, self.port), connect_s)
        plain = socket.create_connection((self._proxy.host, self._proxy.port), connect_s)
        if self.is_secure:
            try:
                self._tunnel(plain, self._proxy)
            except BaseException:
                plain.close()
                raise
        return plain

    async def open(self) -> tuple[StreamReader, StreamWriter]:
        """Open a connection on the event loop; OSError without one."""
        context = current_way().context if self.is_secure else None
        if self._proxy is None:
            return await asyncio.open_connection(self.host, self.port, ssl=context)
        plain = await asyncio.to_thread(self.dial)
        name = self.host if self.is_secure else None
        return await asyncio.open_connection(sock=plain, ssl=context, server_hostname=name)

    def _tunnel(self, plain: socket.socket, proxy: Proxy) -> None:
        host = f"[{self.host}]" if ":" in self.host else self.host
        login = f"Proxy-Authorization: {proxy.login}\r\n" if proxy.login else ""
        where = f"{host}:{self.port}"
        plain.sendall(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n{login}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            data = plain.recv(1)  # not a byte of what comes through the tunnel
            if not data or len(head) > _HEAD_BYTES:
                raise ConnectionError("the proxy closed the connection")
            head += data
        status = head.split(b" ", 2)[1:2]
        if status != [b"200"]:
            said = head.partition(b"\r\n")[0].decode("latin-1")
            raise ConnectionError(f"the proxy refused a tunnel: {said}")
