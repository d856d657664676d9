"""Servers that answer wrongly throughout: `answers.py KIND --role ROLE --port PORT`.

Where the mutants beside this folder break one promise each, these break what most of the suite
looks at, to see which tests would not notice. KIND is one of KINDS; each leaves alone what tests
need to begin at all: ids, statuses, and the creation of threads and runs.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
Distort = Callable[[Scope, Answer], Answer]

KEPT = ("_id", "status", "namespace", "key")
NEEDED = {"assistant_id", "thread_id", "graph_id", "input", "namespace", "key", "value", "schedule"}
STREAM = b"text/event-stream"


def empty_lists(scope: Scope, answer: Answer) -> Answer:
    """Every list is empty, and every count 0."""
    return _rewritten(answer, _empty)


def blank_fields(scope: Scope, answer: Answer) -> Answer:
    """Every field is null but ids, statuses and addresses."""
    return _rewritten(answer, _blank)


def odd_fields(scope: Scope, answer: Answer) -> Answer:
    """Every field but ids and addresses holds half a character in a list, also the status."""
    return _rewritten(answer, _made_odd)


def no_errors(scope: Scope, answer: Answer) -> Answer:
    """What is refused is answered as if it had been done."""
    return (200, answer[1], b"{}") if 400 <= answer[0] < 500 else answer


def bare_headers(scope: Scope, answer: Answer) -> Answer:
    """No header but those that a body needs."""
    status, headers, body = answer
    return status, [(k, v) for k, v in headers if k.lower() == b"content-type"], body


def no_results(scope: Scope, answer: Answer) -> Answer:
    """Waits, joins, states and histories show nothing."""
    last = scope["path"].rpartition("/")[2]
    if scope["method"] == "DELETE" or last not in ("wait", "join", "state", "history"):
        return answer
    return answer[0], answer[1], b"[]" if last == "history" else b"{}"


ANSWERS: dict[str, Distort] = {
    "empty_lists": empty_lists,
    "blank_fields": blank_fields,
    "odd_fields": odd_fields,
    "no_errors": no_errors,
    "bare_headers": bare_headers,
    "no_results": no_results,
}


def deaf(scope: Scope, body: bytes) -> bytes:
    """Options are ignored: of what is asked only the necessary is heard."""
    return _map_body(body, lambda value: {k: v for k, v in value.items() if k in NEEDED})


def forgetful(scope: Scope, body: bytes) -> bytes:
    """Changes and deletions are not carried out."""
    if scope["method"] in ("PATCH", "DELETE", "PUT"):
        scope["method"] = "GET"
    return body


REQUESTS = {"deaf": deaf, "forgetful": forgetful}


def torn(lines: bytes) -> bytes:
    """Streams lose each third event, say another twice, and number none."""
    frames = lines.split(b"\r\n\r\n")
    kept = [frame for n, frame in enumerate(frames) if n % 3 != 1]
    bare = [b"\r\n".join(x for x in f.split(b"\r\n") if not x.startswith(b"id:")) for f in kept]
    return b"\r\n\r\n".join([*bare[:1], *bare])


KINDS = (*ANSWERS, *REQUESTS, "torn")


class Distorted:
    """The server with its answers, or what it hears, changed on the way."""

    def __init__(self, app: ASGIApp, kind: str):
        self._app, self._kind = app, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/ok", "/info", "/metrics"):
            await self._app(scope, receive, send)
            return
        if self._kind in REQUESTS:
            receive = await self._replace_request(scope, receive)
        await self._app(scope, receive, _Sender(scope, send, self._kind))

    async def _replace_request(self, scope: Scope, receive: Receive) -> Receive:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        pending = [REQUESTS[self._kind](scope, body)]
        headers = [(k, v) for k, v in scope["headers"] if k != b"content-length"]
        scope["headers"] = [*headers, (b"content-length", str(len(pending[0])).encode())]

        async def again() -> Message:
            if pending:
                return {"type": "http.request", "body": pending.pop(), "more_body": False}
            return await receive()

        return again


class _Sender:
    """Collects an answer and sends it distorted; a stream goes on as it comes."""

    def __init__(self, scope: Scope, send: Send, kind: str):
        self._scope, self._send, self._kind = scope, send, kind
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            if self._streams:
                await self._send(message)
        elif self._streams:
            body = message.get("body", b"")
            changed = torn(body) if self._kind == "torn" else body
            await self._send({**message, "body": changed})
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish()

    @property
    def _streams(self) -> bool:
        return dict(self._start["headers"]).get(b"content-type", b"").startswith(STREAM)

    async def _finish(self) -> None:
        answer: Answer = self._start["status"], list(self._start["headers"]), self._body
        if self._kind in ANSWERS:
            answer = ANSWERS[self._kind](self._scope, answer)
        status, headers, body = answer
        sized = [(k, v) for k, v in headers if k.lower() != b"content-length"]
        if status != 204:
            sized.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "status": status, "headers": sized})
        await self._send({"type": "http.response.body", "body": b"" if status == 204 else body})


def _rewritten(answer: Answer, change: Callable[[Any], Any]) -> Answer:
    status, headers, body = answer
    if status != 200 or not body:
        return answer
    try:
        return status, headers, json.dumps(change(json.loads(body))).encode()
    except ValueError:
        return answer


def _map_body(body: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return body
    return json.dumps(change(value)).encode() if isinstance(value, dict) else body


def _empty(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {name: [] if isinstance(item, list) else item for name, item in value.items()}
    return 0 if isinstance(value, int) else value


def _blank(value: Any) -> Any:
    if isinstance(value, list):
        return [_blank(item) for item in value]
    if isinstance(value, dict):
        return {n: item if n.endswith(KEPT) else None for n, item in value.items()}
    return value


def _made_odd(value: Any) -> Any:
    if isinstance(value, list):
        return [_made_odd(item) for item in value]
    if isinstance(value, dict):
        return {n: item if n.endswith("_id") else ["\ud800"] for n, item in value.items()}
    return value


if __name__ == "__main__":
    from onceproof.reference_impl.server import main

    os.environ["ONCEPROOF_KIND"] = sys.argv[1]
    os.environ["LANGGRAPH_HTTP"] = json.dumps({"app": f"{Path(__file__).resolve()}:app"})
    sys.exit(main(sys.argv[2:]))

kind = os.environ.get("ONCEPROOF_KIND", "")
app = Starlette(middleware=[Middleware(Distorted, kind=kind)])
