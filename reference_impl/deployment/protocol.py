"""HTTP whose requests have to begin in reasonable size and time.

uvicorn bounds neither: a header that never ends would be collected for as long as its connection is
held, before anybody has said who he is, and so would connections that stop in the middle of one.
"""

import asyncio
import http
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
HEAD_TIMEOUT_S = 30.0


class HeadTooLarge(Exception):
    """The headers of a request are larger than allowed."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which answers 431 to large headers and 408 to those that do not come."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_bytes = 0
        self._header_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_timer is None or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(431, f"the headers are larger than {MAX_HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = self._header_bytes = 0
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEAD_BYTES:
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be parsed, or what `on_header` refused."""
        if self._header_bytes > MAX_HEAD_BYTES:
            self._refuse(431, f"the headers are larger than {MAX_HEAD_BYTES} bytes")
        else:
            self._refuse(400, msg)

    def _await_head(self) -> None:
        self._stop_timer()
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._time_out)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _time_out(self) -> None:
        self._refuse(408, f"no whole request came within {HEAD_TIMEOUT_S:g} s")

    def _refuse(self, status: int, sentence: str) -> None:
        self._stop_timer()
        body = b'{"detail":"' + sentence.encode() + b'"}'
        self.transport.write(_head(status, body) + body)
        self.transport.close()


def _head(status: int, body: bytes) -> bytes:
    fields: dict[str, Any] = {"content-type": "application/json", "content-length": len(body)}
    lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}", "connection: close"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode()
