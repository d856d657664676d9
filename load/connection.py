"""HTTP/1.1 over one socket that belongs to one user: parsed by httptools, blocking via gevent.

Why not Locust's own client: the generator shares two cores with the server that it measures, and
per CPU second this sends five times as many requests as `FastHttpSession` (measured by
`tests/load/bench_generator.py`). It also gives out the bytes of an event stream as they arrive,
where that client waits for a full block.

A connection carries one exchange at a time. Idle ones are given up before servers do so: a request
that crosses with the server's close could not be distinguished from one that was lost.
"""

import socket
import time
from collections.abc import Mapping

import httptools

from onceproof.conformance.access import current_way
from onceproof.conformance.access.sockets import Door
from onceproof.conformance.guest import current_guest

RECEIVE_BYTES = 65536
IDLE_S = 2.0
CONNECT_S = 10.0
UNAUTHORIZED = 401
USER_AGENT = "onceproof-load"


class NoAnswer(Exception):
    """The server did not answer, or not in full."""


class Reply:
    """One answer. `parts` hold the body as far as it has come; `done` once it is complete."""

    __slots__ = ("done", "headers", "in_body", "keep_alive", "parser", "parts", "status")

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.keep_alive = False
        self.headers: dict[bytes, bytes] = {}
        self.parts: list[bytes] = []
        self.in_body = False
        self.done = False

    def header(self, name: bytes) -> str:
        """Return a header by its lower-case name, "" without it."""
        return self.headers.get(name, b"").decode("latin-1")

    def take(self) -> bytes:
        """Return the body bytes that have come since the last call."""
        taken = b"".join(self.parts)
        self.parts.clear()
        return taken

    # What httptools calls:

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.in_body = True
        self.status = self.parser.get_status_code()
        # Asked here: once the message is complete, the parser has forgotten its headers.
        self.keep_alive = self.parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.done = True


class Connection:
    """One exchange at a time with the server at `base_url`; opened when it is first needed."""

    def __init__(self, base_url: str, headers: Mapping[str, str] | None, timeout_s: float) -> None:
        self._door = Door(base_url)
        self._own = {name.lower(): value for name, value in (headers or {}).items()}
        self._sent: Mapping[str, str] = {}
        self._fields = self._write_fields()
        self._target = self._door.target("")
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._last_used_s = 0.0
        self._deadline_s = 0.0

    def exchange(self, method: str, path: str, body: bytes = b"", fields: str = "") -> Reply:
        """Send a request and return the whole answer; `NoAnswer` without one."""
        reply = self.open(method, path, body, fields)
        while not reply.done:
            self.more(reply)
        return reply

    def open(self, method: str, path: str, body: bytes = b"", fields: str = "") -> Reply:
        """Send a request and return the answer as soon as its headers are in.

        Once more if our headers were refused and could be renewed: it had no effect.
        """
        budget = current_guest().budget
        if budget is not None:
            time.sleep(budget.reserve())  # gevent's, in Locust
        headers = current_way().headers
        if headers.can_change and self._sent and headers.values() != self._sent:
            self._fields = self._write_fields()
        reply = self._open(method, path, body, fields)
        if reply.status != UNAUTHORIZED:
            headers.note_success(self._sent)
            return reply
        if not headers.renew(self._sent):
            return reply
        while not reply.done:
            self.more(reply)
        self._fields = self._write_fields()
        return self._open(method, path, body, fields)

    def _write_fields(self) -> str:
        """The header fields of every request, as they are sent."""
        ours = current_way().headers.values()
        self._sent = {} if ours.keys() & self._own.keys() else ours
        fields = {**self._door.fields(), "user-agent": USER_AGENT, **self._own}
        return "".join(f"{name}: {value}\r\n" for name, value in fields.items())

    def _open(self, method: str, path: str, body: bytes, fields: str) -> Reply:
        content = (
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n" if body else ""
        )
        head = f"{method} {self._target}{path} HTTP/1.1\r\n{self._fields}{content}{fields}\r\n"
        now_s = time.monotonic()
        if self._socket is not None and now_s - self._last_used_s > IDLE_S:
            self.close()
        self._deadline_s = now_s + self._timeout_s
        reply = Reply()
        try:
            if self._socket is None:
                self._socket = self._connect()
            self._socket.sendall(head.encode("latin-1") + body)
        except OSError as error:
            self.close()
            raise NoAnswer(f"not sent: {error}") from error
        while not reply.in_body:
            self.more(reply)
        return reply

    def more(self, reply: Reply) -> None:
        """Take in the next bytes of the answer; `NoAnswer` if they do not come."""
        if self._socket is None:
            raise NoAnswer("the connection is closed")
        try:
            if time.monotonic() > self._deadline_s:
                raise TimeoutError(f"no whole answer in {self._timeout_s:g} s")
            data = self._socket.recv(RECEIVE_BYTES)
            if data:
                reply.parser.feed_data(data)
        except (OSError, httptools.HttpParserError) as error:
            self.close()
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        except BaseException:
            # The user is being stopped: what is still to come must not be met by a next request.
            self.close()
            raise
        if not data:
            self._handle_close(reply)
        elif reply.done:
            self._finish(reply)

    def close(self) -> None:
        """Close the socket; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        plain = self._door.dial(CONNECT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(self._timeout_s)
        if not self._door.is_secure:
            return plain
        return current_way().context.wrap_socket(plain, server_hostname=self._door.host)

    def _finish(self, reply: Reply) -> None:
        self._last_used_s = time.monotonic()
        if not reply.keep_alive:
            self.close()

    def _handle_close(self, reply: Reply) -> None:
        """The server closed: the end of a body without any length, or a broken answer."""
        self.close()
        bounded = b"content-length" in reply.headers or b"transfer-encoding" in reply.headers
        if bounded or not reply.in_body:
            raise NoAnswer("connection closed before the end of the answer")
        reply.done = True
