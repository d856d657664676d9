"""What every endpoint shares: error answers, validated bodies, ids from paths, pages of a list.

Bodies are validated by pydantic but read by hand, without FastAPI: a refusal is one sentence, as
the documented API has it, an empty body is an empty object, NUL characters and hostile nesting are
dealt with before a model sees them, and a retry's key is compared with the body as it was sent.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from onceproof.reference_impl import encoding
from onceproof.reference_impl.body import IncomingBody, Unreadable, decode_json
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources.fields import Body

Model = TypeVar("Model", bound=Body)

#: How much of a long answer is encoded before the event loop gets its turn.
TURN_BYTES = 256 * 1024


class ApiError(HTTPException):
    """An answer other than success: `{"detail": <sentence>}` with the given status."""


class Json(Response):
    """A JSON answer, encoded the way the state is."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encoding.dumps(content)


class JsonList(Response):
    """A JSON answer of many things, each encoded by itself, with turns of the event loop between.

    A thousand threads with large values are a hundred megabytes: encoded at once, they would keep
    everybody else waiting for a third of a second.
    """

    media_type = "application/json"

    def __init__(
        self, items: Iterable[Any], headers: Mapping[str, str] | None = None, key: str | None = None
    ):
        """Answer the list itself, or an object that holds it at `key`."""
        super().__init__(headers=headers)
        self._items = list(items)
        self._before, self._after = b"[", b"]"
        if key is not None:
            self._before, self._after = b'{"%s":[' % key.encode(), b"]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = await self._encode()
        self.headers["content-length"] = str(sum(map(len, parts)))
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})

    async def _encode(self) -> list[bytes]:
        """Return the answer in parts of about TURN_BYTES, or of a longer item."""
        parts, part = [], bytearray(self._before)
        for number, item in enumerate(_let_go(self._items)):
            part += b"," * bool(number) + encoding.dumps(item)
            if len(part) >= TURN_BYTES:
                parts.append(bytes(part))
                part.clear()
                await asyncio.sleep(0)
        return [*parts, bytes(part + self._after)]


def _let_go(items: list[Any]) -> Iterator[Any]:
    """Yield the items in their order, and free each: all of them at once takes its time, too."""
    items.reverse()
    while items:
        yield items.pop()


def no_content(status_code: int = 204) -> Response:
    return Response(status_code=status_code)


def path_id(request: Request, name: str) -> UUID:
    """Return the UUID in the path; ApiError 422 for anything else, which cannot name a resource."""
    return as_uuid(request.path_params[name], name)


def as_uuid(text: str, name: str) -> UUID:
    """Return the text as a UUID; ApiError 422, with the field's name, if it is not one."""
    try:
        value = UUID(text)
    except ValueError:
        raise ApiError(422, f"{name} must be a UUID, not {text!r}") from None
    return value


async def read_json(request: Request) -> Any:
    """Return the request's JSON body, free of characters that Postgres cannot store."""
    try:
        return await _decode_body(request)
    except Unreadable as error:
        raise ApiError(422, str(error)) from None


async def _decode_body(request: Request) -> Any:
    """Weigh a body of more than one chunk while it arrives."""
    chunks = (chunk async for chunk in request.stream() if chunk)
    first = await anext(chunks, b"")
    second = await anext(chunks, None)
    if second is None:
        return decode_json(first)
    body = IncomingBody()
    body.add(first)
    body.add(second)
    async for chunk in chunks:
        body.add(chunk)
    return body.decode()


async def read_body(request: Request, model: type[Model]) -> Model:
    """Return the body as `model`; ApiError 422, which names the fields that do not fit."""
    return validate(await read_json(request), model)


def validate(value: Any, model: type[Model]) -> Model:
    """Return the value as `model`; ApiError 422, which names the fields that do not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ApiError(422, sentence(error)) from None


def sentence(error: ValidationError) -> str:
    """Return one line a person can act on: each field, then what is wrong with it."""
    parts = []
    for item in error.errors()[:8]:
        where = ".".join(str(step) for step in item["loc"]) or "body"
        parts.append(f"{where}: {item['msg']}")
    return "; ".join(parts)


def query_text(request: Request, name: str) -> str | None:
    """Return a query parameter, free of characters that Postgres cannot store; None if absent."""
    text = request.query_params.get(name)
    return None if text is None else text.replace("\x00", "\ufffd")


def query_int(request: Request, name: str, default: int, *, low: int, high: int) -> int:
    """Return an integer query parameter; ApiError 422 unless it lies within the bounds."""
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = int(text)
    except ValueError:
        raise ApiError(422, f"{name} must be an integer, not {text!r}") from None
    if not low <= value <= high:
        raise ApiError(422, f"{name} must be between {low} and {high}, not {value}")
    return value


def query_bool(request: Request, name: str, default: bool = False) -> bool:
    text = request.query_params.get(name, "").lower()
    if not text:
        return default
    if text not in ("true", "false", "1", "0"):
        raise ApiError(422, f"{name} must be true or false, not {text!r}")
    return text in ("true", "1")


def page(rows: Sequence[Mapping[str, Any]], limit: int, offset: int) -> JsonList:
    """Return a page of a list fetched with `limit + 1`: an extra row means another page exists.

    `X-Pagination-Next` is present only then. `X-Pagination-Total` is what clients of this API
    know it to be: the number of items up to and including what is known to exist.
    """
    content = list(rows[:limit])
    reached = offset + len(content)
    headers = {"X-Pagination-Total": str(reached)}
    if len(rows) > limit:
        headers = {"X-Pagination-Total": str(reached + 1), "X-Pagination-Next": str(reached)}
    return JsonList(content, headers=headers)


def select_fields(row: Mapping[str, Any], fields: Sequence[str] | None) -> JsonObject:
    """Return the row, or only the fields the client selected."""
    return dict(row) if not fields else {name: row[name] for name in fields}
