"""Finding threads: search, count, and the values a search extracts from what it finds."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api.openapi import operation, selections
from onceproof.reference_impl.api.thread_bodies import Status, ThreadOut
from onceproof.reference_impl.auth.guard import authorise
from onceproof.reference_impl.database import fetch_page
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import Json, page, read_body, select_fields
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.resources.fields import Body, Limit, Many, Offset, SortOrder
from onceproof.reference_impl.services import Services
from onceproof.reference_impl.sql.search import THREADS

SortBy = Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"]

_ROOTS = ("metadata", "values", "config", "interrupts", "error")
#: Longer paths lead nowhere that a client could have put anything to find.
MAX_STEPS = 32
_STEP = re.compile(r"\.([^.\[\]]+)|\[(-?\d{1,9})\]")


def _extractable(path: str) -> str:
    split_path(path)
    return path


class Filter(Body):
    """Which threads: all given conditions hold; objects match what contains them."""

    metadata: JsonObject | None = None
    values: JsonObject | None = None
    status: Status | None = None
    ids: Many[UUID] | None = None


class Search(Filter):
    """Which threads, in what order, and what of them."""

    limit: Limit = 10
    offset: Offset = 0
    sort_by: SortBy | None = None
    sort_order: SortOrder | None = None
    select: Many[threads.Field] | None = None
    extract: Annotated[
        dict[str, Annotated[str, AfterValidator(_extractable)]] | None, Field(max_length=10)
    ] = None


@lru_cache(1_000)
def split_path(path: str) -> tuple[str | int, ...]:
    """Split a path such as `values.messages[-1].content`; ValueError if it is malformed."""
    root = re.match(r"\w+", path)
    if root is None or root[0] not in _ROOTS:
        raise ValueError(f"{path!r} must start with one of {', '.join(_ROOTS)}")
    found: list[str | int] = [root[0]]
    position = root.end()
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise ValueError(f"{path!r} is not understood from character {position} on")
        found.append(step[1] if step[1] is not None else int(step[2]))
        position = step.end()
        if len(found) > MAX_STEPS:
            raise ValueError(f"{path[:40]!r}... has more than {MAX_STEPS} steps")
    return tuple(found)


def extract(value: Any, path: str) -> Any:
    """Return what `path` leads to; None where it leads nowhere. Indexes may be negative."""
    for step in split_path(path):
        if value is None:
            break
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            inside = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if inside else None
    return value


@operation("Search threads", body=Search, answer=selections(ThreadOut), errors=(422,))
async def search(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await read_body(request, Search)
    # Names, not values: both come from a closed set, and a column cannot be a parameter.
    order = f"{wanted.sort_by or 'created_at'} {wanted.sort_order or 'desc'}"
    statement, values = THREADS.rows(
        await _filter(request, wanted), order=order, limit=wanted.limit + 1, offset=wanted.offset
    )
    rows = await fetch_page(services.pool, statement, values, limit=wanted.limit)
    found = [_result(threads.as_json(row), wanted) for row in rows]
    return page(found, wanted.limit, wanted.offset)


@operation("Count threads", body=Filter, answer=int, errors=(422,))
async def count(request: Request) -> Response:
    services: Services = request.app.state.services
    statement, values = THREADS.count(await _filter(request, await read_body(request, Filter)))
    return Json(await services.pool.fetchval(statement, *values))


async def _filter(request: Request, wanted: Filter) -> Mapping[str, Any]:
    """Return the conditions of the search, with the caller's rule."""
    asked = wanted.model_dump(include={"values", "status", "ids", "limit", "offset"})
    asked["metadata"] = wanted.metadata or {}
    rule = await authorise(request, "threads", "search", asked)
    return {
        "rule": rule,
        "metadata": asked["metadata"] or None,
        "values": wanted.values or None,
        "status": wanted.status,
        "ids": wanted.ids,
    }


def _result(thread: Mapping[str, Any], wanted: Search) -> JsonObject:
    result = select_fields(thread, wanted.select)
    if wanted.extract:
        result["extracted"] = {
            alias: extract(thread, path) for alias, path in wanted.extract.items()
        }
    return result


routes = [
    Route("/threads/search", search, methods=["POST"]),
    Route("/threads/count", count, methods=["POST"]),
]
