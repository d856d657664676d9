"""What every endpoint shares: error answers, validated bodies, ids from paths, pages of a list.

Bodies are validated by pydantic but read by hand, without FastAPI: a refusal is one sentence, as
the documented API has it, an empty body is an empty object, NUL characters and hostile nesting are
dealt with before a model sees them, and a retry's key is compared with the body as it was sent.
"""

import gc
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from onceproof.reference_impl import encoding
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.resources.fields import Body

Model = TypeVar("Model", bound=Body)

#: The JSON encoder gives up at 254 levels, and what is stored is answered inside a few more.
MAX_DEPTH = 200

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class ApiError(HTTPException):
    """An answer other than success: `{"detail": <sentence>}` with the given status."""


class Json(Response):
    """A JSON answer, encoded the way the state is."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encoding.dumps(content)


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
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        value = _load_json(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError(422, f"the body is not valid JSON: {error}") from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and nests_deeper(raw, MAX_DEPTH):
        raise ApiError(422, f"the body is nested more than {MAX_DEPTH} levels deep")
    return encoding.jsonable(value) if b"\\u0000" in raw else value


def _load_json(raw: bytes) -> Any:
    """Decode a body without looking for garbage meanwhile.

    What is being decoded is all alive; walking it again and again takes several times as long as
    decoding it, where a body is made of very many small containers.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return orjson.loads(raw)
    finally:
        if collecting:
            gc.enable()


def nests_deeper(raw: bytes, levels: int) -> bool:
    """Return whether the containers of a valid JSON text nest deeper than `levels`.

    By its brackets, a level at a time and without a Python object for any of them: the text may be
    made of millions of small containers, and the event loop waits.
    """
    brackets = _STRING.sub(b"", raw).translate(_AS_SQUARE, _NO_BRACKETS)
    for _ in range(levels):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


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


def page(rows: Sequence[Mapping[str, Any]], limit: int, offset: int) -> Json:
    """Return a page of a list fetched with `limit + 1`: an extra row means another page exists.

    `X-Pagination-Next` is present only then. `X-Pagination-Total` is what clients of this API
    know it to be: the number of items up to and including what is known to exist.
    """
    content = list(rows[:limit])
    reached = offset + len(content)
    headers = {"X-Pagination-Total": str(reached)}
    if len(rows) > limit:
        headers = {"X-Pagination-Total": str(reached + 1), "X-Pagination-Next": str(reached)}
    return Json(content, headers=headers)


def select_fields(row: Mapping[str, Any], fields: Sequence[str] | None) -> JsonObject:
    """Return the row, or only the fields the client selected."""
    return dict(row) if not fields else {name: row[name] for name in fields}
