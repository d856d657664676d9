"""What requests to some paths mean, so that every test that sends one feeds the history.

    PUT, GET, DELETE /store/items         store.put, .get, .delete       key: scope, namespace, key
    PATCH, GET /assistants/{id}           assistant.update, .get         key: id
    POST /assistants/{id}/latest          assistant.latest
    POST /threads, /assistants            thread.create, assistant.create         key: scope, id
    DELETE /threads/{id}, /assistants/{id}    thread.delete, assistant.delete     key: scope, id
    POST /threads/{id}/history            thread.history, an answer      key: thread id
    GET /threads/{id}/runs                thread.runs, an answer         key: thread id
    POST /threads/{id}/state              thread.update, an answer       key: thread id

`arg` is what a write writes and `result` what an answer shows; values of items are digests, and a
thread or an assistant is distinguished from another of its id by the time of its creation. The
scope separates deployments, and for items also callers: the same name elsewhere is another thing.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from onceproof.conformance.history.vocabulary import ABSENT, OperationName
from onceproof.conformance.wire.checkpoints import describe_checkpoint
from onceproof.conformance.wire.operations import Operation, Operations
from onceproof.conformance.wire.sanitise import digest, fields, number, text

ASSISTANT = re.compile(r"/assistants/([0-9a-f-]{36})(/latest)?")
#: Where things are created, and how the request calls the id that the client chose.
CREATED: dict[str, tuple[OperationName, str]] = {
    "/threads": ("thread.create", "thread_id"),
    "/assistants": ("assistant.create", "assistant_id"),
}
DELETED: dict[str, OperationName] = {
    "/threads": "thread.delete",
    "/assistants": "assistant.delete",
}
CHOSEN = re.compile(r"(/threads|/assistants)/([0-9a-fA-F-]{36})")
THREAD = re.compile(r"/threads/([0-9a-f-]{36})/(history|runs|state)")

#: What a request is recorded as: the operation, its key, its value.
Named = tuple[OperationName, str, Mapping[str, Any]]


class Observer:
    """Records the operations of one client library that have a meaning of their own."""

    def __init__(
        self, operations: Operations | None, urls: Sequence[str], headers: Mapping[str, str]
    ) -> None:
        """`urls` tell the deployment from others, and `headers` the caller."""
        self._operations = operations
        self._deployment = digest(sorted(urls))
        self._scope = [sorted(urls), dict(headers)]

    @contextmanager
    def watch(
        self, method: str, path: str, options: Mapping[str, Any]
    ) -> Iterator[list[httpx.Response]]:
        """Record a request, whose answer the block adds to the list that it is given."""
        seen: list[httpx.Response] = []
        if self._operations is None:
            yield seen
            return
        operation = self._begin(self._operations, method, path, options)
        call_t = time.monotonic_ns()
        with operation or nullcontext():
            yield seen
            for response in seen:
                if operation is not None:
                    _settle(operation, response)
                elif response.is_success:
                    _note(self._operations, path, response, call_t)

    def _begin(
        self, operations: Operations, method: str, path: str, options: Mapping[str, Any]
    ) -> Operation | None:
        named = _name(method, path, options)
        if named is None:
            return None
        op, key, value = named
        if op.startswith("store."):
            key = f"{digest([self._scope, str(options.get('headers'))])} {key}"
        elif op.endswith((".create", ".delete")):
            key = f"{self._deployment} {key.lower()}"
        return operations.begin(op, key, value)


def _settle(operation: Operation, response: httpx.Response) -> None:
    value = {}
    if response.is_success and operation.op in _RESULTS:
        value = {"result": _RESULTS[operation.op](decode_body(response))}
    operation.record_answer(response, value)


def _note(operations: Operations, path: str, response: httpx.Response, call_t: int) -> None:
    """Record what is judged by its answer alone."""
    request = response.request
    match = THREAD.fullmatch(urlsplit(path).path)  # the request's has the prefix of a base URL
    if match is None:
        return
    thread_id, what = match.groups()
    if (request.method, what) == ("POST", "state"):
        operations.observe("thread.update", thread_id, {})
    shown = decode_body(response)
    if not isinstance(shown, list):
        return
    if (request.method, what) == ("POST", "history"):
        asked = dict(json.loads(request.content or b"{}"))
        value = {
            "whole": _is_whole(shown, asked),
            "chain": [describe_checkpoint(each) for each in shown],
        }
        operations.observe("thread.history", thread_id, value)
    elif (request.method, what) == ("GET", "runs"):
        asked = dict(request.url.params)
        ids = [text(fields(each).get("run_id")) for each in shown]
        value = {"whole": _is_whole(shown, asked), "run_ids": ids, "call_t": call_t}
        operations.observe("thread.runs", thread_id, value)


def _is_whole(shown: list[Any], asked: Mapping[str, Any]) -> bool:
    """Whether nothing was left out: a limit was asked for, it was not reached, and nothing else.

    Without one the server's own limit holds, which may be 10 or 1 (STA-05).
    """
    limit = str(asked.get("limit"))
    return len(asked) == 1 and limit.isdigit() and len(shown) < int(limit)


def _name(method: str, path: str, options: Mapping[str, Any]) -> Named | None:
    body = options.get("json")
    if path == "/store/items":
        return _item(method, options.get("params"), body)
    if method == "POST" and path in CREATED:
        return _creation(*CREATED[path], body)
    if method == "DELETE" and (chosen := CHOSEN.fullmatch(path)):
        return DELETED[chosen[1]], chosen[2], {}
    match = ASSISTANT.fullmatch(path)
    if match is None:
        return None
    assistant_id, latest = match.groups()
    if latest and method == "POST" and (version := _version(body)) is not None:
        return "assistant.latest", assistant_id, {"arg": version}
    if not latest and method in ("PATCH", "GET"):
        return ("assistant.update" if method == "PATCH" else "assistant.get"), assistant_id, {}
    return None


def _creation(op: OperationName, id_name: str, body: Any) -> Named | None:
    chosen = body.get(id_name) if isinstance(body, dict) else None
    if not isinstance(chosen, str):
        return None
    value = {"arg": body.get("if_exists") or "raise"}
    return op, chosen, value | ({"expires": True} if body.get("ttl") else {})


def _item(method: str, params: Any, body: Any) -> Named | None:
    asked = params if method == "GET" else body
    if not isinstance(asked, dict) or not {"namespace", "key"} <= asked.keys():
        return None
    namespace = asked["namespace"]
    if not isinstance(namespace, str | list | tuple):
        return None
    labels = namespace if isinstance(namespace, str) else ".".join(map(str, namespace))
    key = f"{labels} {asked['key']}"
    if method == "PUT":
        expires = asked.get("ttl") is not None
        return "store.put", key, {} if expires else {"arg": digest(asked.get("value"))}
    reading: dict[str, OperationName] = {"GET": "store.get", "DELETE": "store.delete"}
    return (reading[method], key, {}) if method in reading else None


def decode_body(response: httpx.Response) -> Any:
    """Return the JSON of an answer; None if it has none."""
    try:
        return response.json()
    except ValueError:
        return None


def _version(body: Any) -> int | None:
    return number(fields(body).get("version"))


def _created_at(body: Any) -> str | None:
    """The time of a creation in one form, however the answer at hand writes it."""
    stamp = text(fields(body).get("created_at"))
    try:
        return datetime.fromisoformat(str(stamp)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return stamp


_RESULTS = {
    "store.get": lambda body: digest(body.get("value")) if isinstance(body, dict) else ABSENT,
    "assistant.update": _version,
    "assistant.get": _version,
    "thread.create": _created_at,
    "assistant.create": _created_at,
}
