"""One HTTP/1.1 connection to a witness: parse, answer in order, keep alive.

httptools parses; a request it cannot parse is answered with 400 and a JSON body, like every
other error here, because the reader of that answer is a person looking into a node's log.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, cast

import httptools

BODY_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` with its query, header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `body` is JSON."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Request], Response | Awaitable[Response]]


def refusal(status: int, sentence: str) -> Response:
    """Answer with an error that says what was wrong with the request."""
    return Response(status, json.dumps({"error": sentence}).encode())


class Connection(asyncio.Protocol):
    """Feeds bytes to the parser and writes answers in the order of the requests."""

    def __init__(self, handle: Handler) -> None:
        """`handle` may answer at once or with an awaitable, and must not raise."""
        self._handle = handle
        self._parser: Any = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._answering: asyncio.Task[None] | None = None
        self._clear()

    def _clear(self) -> None:
        self._path = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._write(refusal(400, f"this is not a plain HTTP/1.1 request: {error!r}"), False)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answering:
            self._answering.cancel()

    # httptools calls these; a path or a body may arrive in pieces

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= BODY_LIMIT:
            self._body.append(piece)
        else:
            self._write(refusal(413, f"the body is larger than {BODY_LIMIT} bytes"), False)

    def on_message_complete(self) -> None:
        # The parser skips the body of a request that asks for another protocol.
        if self._transport.is_closing() or self._parser.should_upgrade():
            return
        method = self._parser.get_method().decode()
        path = self._path.decode("latin-1")
        request = Request(method, path, self._headers, b"".join(self._body))
        self._waiting.append((request, self._parser.should_keep_alive()))
        self._clear()
        self._answer()

    # answering

    def _answer(self) -> None:
        while self._waiting and not self._answering:
            request, keep_alive = self._waiting.popleft()
            answer = self._handle(request)
            if isinstance(answer, Response):
                self._write(answer, keep_alive)
            else:
                self._answering = asyncio.ensure_future(self._later(answer, keep_alive))

    async def _later(self, answer: Awaitable[Response], keep_alive: bool) -> None:
        self._write(await answer, keep_alive)
        self._answering = None
        self._answer()

    def _write(self, answer: Response, keep_alive: bool) -> None:
        if self._transport.is_closing():
            return
        lines = [
            f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}",
            "content-type: application/json",
            f"content-length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            *(() if keep_alive else ("connection: close",)),
        ]
        self._transport.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + answer.body)
        if not keep_alive:
            self._transport.close()

    def hang_up(self) -> None:
        """Close the connection, answered or not."""
        self._transport.abort()
