"""How variations change answers on their way to the client: headers, JSON, and the parts of a body.

What they change is what the reference server gives to the HTTP below it, so that they need to know
nothing of how an answer came about.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onceproof.conformance.selftest.benign.bodies import Change
from onceproof.reference_impl.api import following, sse, thread_streams
from onceproof.reference_impl.deployment.hosting import Hosting

EVENT_STREAM = b"text/event-stream"

#: The fields of an answer's head, as they go over the wire.
Fields = list[tuple[bytes, bytes]]
#: Makes of one part of a body the parts that are sent.
Cut = Callable[[bytes], Iterable[bytes]]


def surround(around: Callable[[ASGIApp], ASGIApp]) -> None:
    """Put an application around all that the server serves."""
    wrap = Hosting.wrap
    Hosting.wrap = lambda *parts: around(wrap(*parts))


def pass_on(make: Callable[[Scope, Send], Send]) -> None:
    """Send every answer through what `make` returns for its request."""

    def around(app: ASGIApp) -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await app(scope, receive, make(scope, send) if scope["type"] == "http" else send)

        return answer

    surround(around)


def change_fields(change: Callable[[Fields], Fields]) -> None:
    """Change the head of every answer."""

    def make(scope: Scope, send: Send) -> Send:
        async def through(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": change(list(message.get("headers", [])))}
            await send(message)

        return through

    pass_on(make)


def field_of(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the value of a field of a head, empty if it is not there."""
    return next((value for known, value in fields if known.lower() == name), b"")


def without(fields: Fields, *names: bytes) -> Fields:
    """Return the head without these fields."""
    return [(name, value) for name, value in fields if name.lower() not in names]


def cut_parts(cut: Cut, kind: bytes) -> None:
    """Cut each part of the bodies of a media type into parts that are sent one by one."""

    def make(scope: Scope, send: Send) -> Send:
        cutting = False

        async def through(message: Message) -> None:
            nonlocal cutting
            if message["type"] == "http.response.start":
                fields = list(message.get("headers", []))
                cutting = field_of(fields, b"content-type").startswith(kind)
                await send(
                    {**message, "headers": without(fields, b"content-length")}
                    if cutting
                    else message
                )
                return
            parts = list(cut(message.get("body", b""))) if cutting else []
            for part in parts:
                await send({**message, "body": part, "more_body": True})
            if not parts or not message.get("more_body"):
                await send(message if not parts else {**message, "body": b""})

        return through

    pass_on(make)


def change_json(change: Change, write: Callable[[Any], bytes] = orjson.dumps) -> None:
    """Change every JSON answer whose length is known, and write it in the given way.

    An awaited result, which begins before it is there, is left as it is.
    """

    def make(scope: Scope, send: Send) -> Send:
        return _JsonChange(scope, send, change, write)

    pass_on(make)


class _JsonChange:
    """Holds one JSON answer back until it is whole, and sends it changed."""

    def __init__(
        self, scope: Scope, send: Send, change: Change, write: Callable[[Any], bytes]
    ) -> None:
        self._path, self._send = scope["path"], send
        self._change, self._write = change, write
        self._head: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_json_of_known_length(message):
            self._head = message
        elif self._head is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._head)

    async def _finish(self, head: Message) -> None:
        value = self._change(self._path, head["status"], orjson.loads(self._body))
        body = self._write(value)
        fields = without(list(head["headers"]), b"content-length")
        fields.append((b"content-length", str(len(body)).encode()))
        await self._send({**head, "headers": fields})
        await self._send({"type": "http.response.body", "body": body})


def _is_json_of_known_length(head: Message) -> bool:
    fields = head.get("headers", [])
    kind = field_of(fields, b"content-type")
    return (
        kind.startswith(b"application/json") and int(field_of(fields, b"content-length") or 0) > 0
    )


def write_frames(frame: Callable[..., bytes], heartbeat: bytes | None = None) -> None:
    """Write each event by `frame(name, data, id)`, and heartbeats in the given way."""
    for module in (sse, following, thread_streams):
        module.frame = frame
        if heartbeat is not None:
            module.HEARTBEAT = heartbeat
