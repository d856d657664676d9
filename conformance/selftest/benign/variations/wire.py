"""How answers go over the wire: what HTTP and JSON leave to the server."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

from starlette.datastructures import Headers
from starlette.routing import Router
from starlette.types import Message, Scope, Send
from uvicorn.protocols.http import httptools_impl

from onceproof.conformance.selftest.benign.answering import (
    EVENT_STREAM,
    Fields,
    change_fields,
    change_json,
    cut_parts,
    field_of,
    pass_on,
    without,
)
from onceproof.conformance.selftest.benign.heads import change_heads
from onceproof.conformance.selftest.benign.variation import variation

JSON = b"application/json"


@variation("SDK", "RUN-0")
def word_statuses_otherwise() -> None:
    """The text beside the status is another one, or none at all.

    RFC 9112, section 4: a client should ignore the reason phrase, which may be empty.
    """
    lines = httptools_impl.STATUS_LINE
    for status in lines:
        text = "As You Wish" if status < 300 else ""
        lines[status] = f"HTTP/1.1 {status} {text}\r\n".encode()


@variation("SDK", "RUN-0", "STR-0", "SYS-26", "SYS-27", "SYS-28", "SYS-29")
def capitalise_field_names() -> None:
    """The names of header fields are written in capitals, without a space after the colon.

    RFC 9110, section 5.1: field names are case-insensitive; RFC 9112, section 5: white space
    around a value is optional.
    """

    def change(head: bytes) -> bytes:
        first, *fields = head.split(b"\r\n")
        pairs = [field.partition(b": ") for field in fields]
        return b"\r\n".join([first, *(name.upper() + b":" + value for name, _, value in pairs)])

    change_heads(change)


@variation("SDK", "RUN-0", "SYS-26", "SYS-27", "SYS-28", "SYS-29")
def add_fields_to_heads() -> None:
    """Every answer has header fields that nobody asked for, some of them twice.

    RFC 9110, section 5.1: a recipient ignores fields that it does not know.
    """
    added = {
        b"server": b"another/2.0",
        b"via": b"1.1 front",
        b"vary": b"origin, accept-encoding",
        b"x-served-by": b"one",
        b"X-Served-By": b"two",
        b"strict-transport-security": b"max-age=31536000",
        b"set-cookie": b"route=7; path=/",
    }
    change_fields(lambda fields: [*added.items(), *fields, *added.items()])


@variation("SDK", "STR-0", "SYS-01", "SYS-05", "SYS-09", "SYS-24", "STO-08")
def name_the_charset() -> None:
    """Media types have a charset, that of JSON also capitals, and the list for caches is longer.

    RFC 9110, section 8.3.1: a media type has parameters, and its name is case-insensitive; RFC
    9111, section 5.2: `Cache-Control` is a list of directives. The official client looks for
    `text/event-stream` as it is written here, so that stays.
    """

    def change(fields: Fields) -> Fields:
        kinds = {
            JSON: b"Application/JSON; charset=utf-8",
            EVENT_STREAM: b"text/event-stream; charset=utf-8",
        }
        changed = []
        for name, value in fields:
            if name.lower() == b"content-type":
                value = kinds.get(value.partition(b";")[0].strip(), value)
            if name.lower() == b"cache-control":
                value += b", no-transform"
            changed.append((name, value))
        return changed

    change_fields(change)


@variation("RUN-0", "RUN-1", "STR-0")
def close_after_each_answer() -> None:
    """The connection is closed after every answer.

    RFC 9112, section 9.6: a server that sends `Connection: close` closes the connection.
    """
    change_fields(lambda fields: [*without(fields, b"connection"), (b"connection", b"close")])


@variation("STO", "RUN-0", "STA-0")
def send_json_in_pieces() -> None:
    """JSON comes in chunks of a few bytes, without a length.

    RFC 9112, section 7.1: the chunked coding stands for a length that is not said before.
    """
    cut_parts(_cut_in_sevens, JSON)


def _cut_in_sevens(body: bytes) -> Iterator[bytes]:
    """Yield at most some hundred pieces: a megabyte would be cut for seconds."""
    step = max(7, len(body) // 300)
    return (body[at : at + step] for at in range(0, len(body), step))


@variation("RUN-0", "RUN-1", "STR-0", "STA-0")
def end_answers_by_closing() -> None:
    """No answer has a length or chunks: where the connection is closed, it ends.

    RFC 9112, section 6.3: a message without either ends with the connection.
    """
    send = httptools_impl.RequestResponseCycle.send

    async def send_without_length(self: Any, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.chunked_encoding, self.keep_alive = False, False
            message = {**message, "headers": without(list(message["headers"]), b"content-length")}
        else:
            self.expected_content_length = len(message.get("body", b""))
        await send(self, message)

    httptools_impl.RequestResponseCycle.send = send_without_length


@variation("STO", "RUN-0", "RUN-1", "STA-0")
def compress_json() -> None:
    """JSON is compressed for clients that accept it, awaited results as well.

    RFC 9110, section 8.4: a body may have a content coding that the request accepts.
    """

    def make(scope: Scope, send: Send) -> Send:
        accepts = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        return _Compressing(send) if accepts else send

    pass_on(make)


class _Compressing:
    """One answer on its way; each part is flushed, so that signs of life arrive."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._zip: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = list(message.get("headers", []))
            if field_of(fields, b"content-type").startswith(JSON):
                self._zip = zlib.compressobj(wbits=31)
                fields = without(fields, b"content-length")
                fields += [(b"content-encoding", b"gzip"), (b"vary", b"accept-encoding")]
            message = {**message, "headers": fields}
        elif self._zip is not None:
            last = not message.get("more_body")
            body = self._zip.compress(message.get("body", b""))
            body += self._zip.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
            message = {**message, "body": body}
        await self._send(message)


@variation("SYS-10", "SYS-12", "SYS-13", "SYS-17", "THR-0")
def know_no_trailing_slashes() -> None:
    """A path with a slash at its end is an unknown one, and not redirected.

    SYS-10: an unknown path is answered with 404.
    """
    begin = Router.__init__

    def strict(self: Any, *parts: Any, **options: Any) -> None:
        begin(self, *parts, **options | {"redirect_slashes": False})

    Router.__init__ = strict


@variation("STO", "STA-0", "AST-0", "AUT-08", "SDK")
def space_json_out() -> None:
    """JSON is written over many lines, with tabs, and all but ASCII is escaped.

    RFC 8259, section 2: white space is allowed between tokens; section 7: any character may be
    escaped.
    """

    def write(value: Any) -> bytes:
        return b"\t\n " + json.dumps(value, indent="\t", separators=(" ,", " : ")).encode() + b"\n"

    change_json(lambda path, status, body: body, write)


@variation("STO", "STA-0", "AST-0", "AST-1", "THR-1")
def order_keys_backwards() -> None:
    """The members of JSON objects come in the reverse order.

    RFC 8259, section 4: the order of members should not matter.
    """

    def reverse(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: reverse(value[name]) for name in reversed(value)}
        return [reverse(each) for each in value] if isinstance(value, list) else value

    change_json(lambda path, status, body: reverse(body))
