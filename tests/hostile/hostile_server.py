"""A server that does one thing that no server should, on sockets of its own.

The first part of a path says which: /endless-body/threads is answered with a body that never
ends. Below `UNHURT` a small server answers as it should, so that the harness gets as far as to
meet the rest; a second part of "rude" leaves that out.
"""

import json
import re
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from typing import Self

CHUNK = b"x" * 65_536
UNHURT = {"/ok": {"ok": True}, "/info": {"version": "0"}, "/threads": {"thread_id": "t"}}
GIGABYTE = 1 << 30
LATE_S = 60.0
#: Whose client waits for the removal of what it made, too.
LATE = "late-answer"

JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EVENTS = SSE.removesuffix(b"\r\n") + b"content-location: /threads/t/runs/r\r\n\r\n"

#: None is a moment's wait.
Parts = Iterator[bytes | None]


def endless_body() -> Parts:
    return chain([JSON + b'\r\n{"detail": "'], repeat(CHUNK))


def endless_headers() -> Parts:
    return chain([JSON], (b"x-%d: %s\r\n" % (number, CHUNK[:900]) for number in range(1 << 40)))


def gigabyte_event() -> Parts:
    yield EVENTS + b"data: "
    yield from repeat(CHUNK, GIGABYTE // len(CHUNK))
    yield b"\n\n"


def event_flood() -> Parts:
    return chain([EVENTS], repeat(b"data: 1\n\n" * 5_000))


def comment_flood() -> Parts:
    return chain([EVENTS], repeat(b": x\n\n" * 5_000))


def invalid_utf8() -> Parts:
    yield JSON + b'\r\n{"detail": "\xff\xfe\xfd"}'


def content_length_too_long() -> Parts:
    yield JSON + b"content-length: 1000\r\n\r\n[]"


def content_length_too_short() -> Parts:
    yield JSON + b"content-length: 2\r\n\r\n[]" + b"[1, 2, 3]"


def content_length_of_words() -> Parts:
    yield JSON + b"content-length: many\r\n\r\n[]"


def heartbeats_only() -> Parts:
    yield EVENTS
    while True:
        yield b": heartbeat\n\n"
        yield None


def no_answer() -> Parts:
    while True:
        yield None


def late_answer() -> Parts:
    """An answer that comes, but not before its client has waited for a minute."""
    over = time.monotonic() + LATE_S
    while time.monotonic() < over:
        yield None
    yield JSON + b"content-length: 2\r\n\r\n{}"


def header_drip() -> Parts:
    yield b"HTTP/1.1 200 OK\r\nx-slow: "
    while True:
        yield b"x"
        yield None


def redirect_circle() -> Parts:
    yield b"HTTP/1.1 307 Round\r\nlocation: /redirect-circle/rude/ok\r\ncontent-length: 0\r\n\r\n"


def closed_in_headers() -> Parts:
    yield JSON + b"content-le"


def packed_bomb() -> Parts:
    """A body of a few kilobytes that unpacks to as much as one likes."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = JSON + b"content-encoding: gzip\r\n\r\n"
    return chain([head], (pack.compress(b"0" * (1 << 22)) for _ in range(1 << 20)))


def deep_json() -> Parts:
    yield JSON + b"\r\n" + b"[" * 1_000_000


BEHAVIOURS: dict[str, Callable[[], Parts]] = {
    made.__name__.replace("_", "-"): made
    for made in (
        endless_body,
        endless_headers,
        gigabyte_event,
        event_flood,
        comment_flood,
        invalid_utf8,
        content_length_too_long,
        content_length_too_short,
        content_length_of_words,
        heartbeats_only,
        no_answer,
        late_answer,
        header_drip,
        redirect_circle,
        closed_in_headers,
        packed_bomb,
        deep_json,
    )
}


class HostileServer:
    """Serves every behaviour, a thread per connection; `url(name)` is the base URL of one.

    `met` is set as soon as a POST has met with one of them, `closed` once a connection is closed.
    """

    def __init__(self) -> None:
        self.met = threading.Event()
        self.closed = threading.Event()

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, name: str, *, rude: bool = False) -> str:
        """Where it behaves so; `rude` also on the paths of health and threads."""
        port = self._listener.getsockname()[1]
        return f"http://127.0.0.1:{port}/{name}{'/rude' if rude else ''}"

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(1)
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        # An OSError says that the client has given up, as it should.
        with connection, suppress(OSError):
            self._answer(connection, _request(connection))
        self.closed.set()

    def _answer(self, connection: socket.socket, request: bytes) -> None:
        method, target, _ = request.decode("latin-1").split(" ", 2)
        _, name, path = target.split("/", 2)
        if "/" + path in UNHURT or (method == "DELETE" and name != LATE):
            body = json.dumps(UNHURT.get("/" + path, {})).encode()
            connection.sendall(
                JSON + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
            )
            connection.sendall(body)
            return
        if method == "POST":
            self.met.set()
        for part in BEHAVIOURS[name]():
            if self._over.is_set():
                return
            if part is None:
                _wait(connection)
            else:
                self._send(connection, part)

    def _send(self, connection: socket.socket, part: bytes) -> None:
        """Send it all, however slowly it is read, unless the test is over."""
        left = memoryview(part)
        while left and not self._over.is_set():
            try:
                left = left[connection.send(left) :]
            except TimeoutError:
                continue


def _request(connection: socket.socket) -> bytes:
    """The whole request.

    Its body may come after its headers, and to close a connection with something unread in it is
    to reset it: the client may then lose the answer that it was sent.
    """
    came = connection.recv(65_536)
    while len(came) < _whole(came):
        more = connection.recv(65_536)
        if not more:
            raise ConnectionError
        came += more
    return came


def _whole(came: bytes) -> int:
    """The length in bytes that a request is to have, as far as what came of it tells."""
    head, end, _ = came.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if not end:
        return len(came) + 1
    return len(head) + len(end) + (int(length[1]) if length else 0)


def _wait(connection: socket.socket) -> None:
    """A moment; ConnectionError when the client has left."""
    connection.settimeout(0.2)
    try:
        if not connection.recv(1):
            raise ConnectionError
    except TimeoutError:
        return
    finally:
        connection.settimeout(1)
