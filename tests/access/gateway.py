"""A gateway in front of a server: TLS of a private authority, an API key and a path prefix.

It answers by itself, as a server would that has nothing but `/ok`, `/info`, one stream and an echo,
or it passes requests on to `upstream`. Its key can be changed while it runs, as tokens run out.
"""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PREFIX = "/agents/one"
#: A command that prints a token which says when it was born.
PRINT_TOKEN = "date +%s.%N-t0ken"
HOP = {"connection", "transfer-encoding", "keep-alive", "host", "content-length"}
EVENTS = b"event: metadata\ndata: {}\n\nevent: end\ndata: null\n\n"


class Gateway(ThreadingHTTPServer):
    """`key` is what x-api-key has to be; `seen` are the requests that came through."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, upstream: str | None = None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), Handler)
        self.key = "first-key-1"
        #: So long a token lives that `PRINT_TOKEN` prints, None if there are none.
        self.lives_s: float | None = None
        self.tokens: set[str] = set()
        self.upstream = upstream
        self.seen: list[str] = []
        self.refused = 0

    def lets_in(self, key: str) -> bool:
        """Return whether this key opens the door: `key`, or with `lives_s` a young token."""
        if self.lives_s is None:
            return key == self.key
        born, _, word = key.partition("-")
        self.tokens.add(key)
        return word == "t0ken" and 0 <= time.time() - float(born) < self.lives_s

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that leaves, or shows no certificate, is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Gateway

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self.server.lets_in(self.headers.get("x-api-key", "")):
            self.server.refused += 1
            return self.answer(401, {"detail": "no key"})
        if not self.path.startswith(PREFIX):
            return self.answer(404, {"detail": f"nothing at {self.path}"})
        path = self.path.removeprefix(PREFIX)
        self.server.seen.append(f"{self.command} {path}")
        if self.server.upstream is not None:
            return self.forward(path, body)
        if path.endswith("/stream"):
            return self.answer(200, EVENTS, "text/event-stream")
        return self.answer(200, {"ok": True, "path": path, "body": body.decode()})

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def answer(self, status: int, value: object, kind: str = "application/json") -> None:
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def forward(self, path: str, body: bytes) -> None:
        where = urlsplit(str(self.server.upstream))
        asked = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
        fields = {name: v for name, v in self.headers.items() if name.lower() not in HOP}
        asked.request(self.command, path, body, fields)
        answer = asked.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or answer.status in (204, 304)
        self.send_header("connection", "close")
        self.end_headers()
        while not bodiless and (part := answer.read1(65_536)):
            self.wfile.write(part)
        asked.close()
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def run_gateway(
    context: ssl.SSLContext | None, upstream: str | None = None, host: str = "127.0.0.1"
) -> Iterator[Gateway]:
    """Run a gateway; with a context it speaks TLS."""
    gateway = Gateway(host, upstream)
    if context is not None:
        # Each connection shakes hands in its own thread, as it first reads.
        gateway.socket = context.wrap_socket(
            gateway.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        thread.join()
        gateway.server_close()


class ForwardProxy(BaseHTTPRequestHandler):
    """A proxy that leads every host to this machine, and notes what it was asked for."""

    asked: list[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.asked.append(self.requestline)
        content = b'{"ok": true}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_CONNECT(self) -> None:
        self.asked.append(self.requestline)
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as far:
            self.send_response(200)
            self.end_headers()
            there = threading.Thread(target=pump, args=(self.connection, far), daemon=True)
            there.start()
            pump(far, self.connection)
            there.join(5)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def run_proxy() -> Iterator[tuple[str, list[str]]]:
    """Run a forward proxy; yield its URL and the request lines that it gets."""
    asked: list[str] = []
    handler = type("Noting", (ForwardProxy,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
