"""Long-term memory over HTTP: the same items the graphs see."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

from langgraph.store.base import NOT_PROVIDED, BaseStore
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api.openapi import BOOLEAN, STRING, operation
from onceproof.reference_impl.auth.guard import authorise
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import (
    ApiError,
    Json,
    JsonList,
    no_content,
    query_bool,
    query_text,
    read_body,
)
from onceproof.reference_impl.resources.fields import Body, Limit, Many, Offset
from onceproof.reference_impl.resources.ttl import Minutes

T = TypeVar("T")


class Address(Body):
    namespace: Many[str]
    key: str = Field(min_length=1)


class ItemIn(Address):
    """An item to put; without a `ttl` it lives as long as the deployment says.

    `index` false leaves it out of the vector index; a list of paths names what of it is indexed.
    """

    value: JsonObject
    index: Literal[False] | Many[str] | None = None
    ttl: Minutes | None = None


class SearchIn(Body):
    namespace_prefix: Many[str] | None = None
    filter: JsonObject | None = None
    limit: Limit = 10
    offset: Offset = 0
    query: str | None = None
    refresh_ttl: bool | None = None


class NamespacesIn(Body):
    prefix: Many[str] | None = None
    suffix: Many[str] | None = None
    max_depth: int | None = Field(None, ge=1, le=1000)
    limit: Limit = 100
    offset: Offset = 0


class ItemOut(BaseModel):
    namespace: list[str]
    key: str
    value: JsonObject
    created_at: datetime
    updated_at: datetime


class FoundItem(ItemOut):
    score: float | None


class SearchOut(BaseModel):
    items: list[FoundItem]


class NamespacesOut(BaseModel):
    namespaces: list[list[str]]


@operation("Put an item", body=ItemIn, status=204, errors=(400, 422))
async def put_item(request: Request) -> Response:
    item = await read_body(request, ItemIn)
    asked = {"key": item.key, "value": item.value, "index": item.index}
    namespace = _require_label(await _scope(request, "put", _require_label(item.namespace), asked))
    ttl = NOT_PROVIDED if item.ttl is None else item.ttl
    put = _store(request).aput(namespace, item.key, item.value, index=item.index, ttl=ttl)
    await _ask(put)
    return no_content()


@operation(
    "Get an item; null if there is none",
    answer=ItemOut | None,
    query={"namespace": STRING, "key": STRING, "refresh_ttl": BOOLEAN},
    errors=(400, 422),
)
async def get_item(request: Request) -> Response:
    namespace, key = query_text(request, "namespace"), query_text(request, "key")
    if not key:
        raise ApiError(400, "key is missing: name the item to get")
    labels = _require_label(namespace.split(".") if namespace else [])
    refresh = query_bool(request, "refresh_ttl") if "refresh_ttl" in request.query_params else None
    labels = _require_label(await _scope(request, "get", labels, {"key": key}))
    item = await _ask(_store(request).aget(labels, key, refresh_ttl=refresh))
    return Json(None if item is None else item.dict())


@operation("Delete an item", body=Address, status=204, errors=(400, 422))
async def delete_item(request: Request) -> Response:
    item = await read_body(request, Address)
    namespace = _require_label(
        await _scope(request, "delete", _require_label(item.namespace), {"key": item.key})
    )
    await _ask(_store(request).adelete(namespace, item.key))
    return no_content()


@operation("Search items below a namespace", body=SearchIn, answer=SearchOut, errors=(422,))
async def search_items(request: Request) -> Response:
    wanted = await read_body(request, SearchIn)
    how = wanted.model_dump(exclude={"namespace_prefix"})
    prefix = tuple(wanted.namespace_prefix or ())
    prefix = await _scope(request, "search", prefix, how.copy())
    items = await _ask(_store(request).asearch(prefix, **how))
    return JsonList((item.dict() for item in items), key="items")


@operation("List namespaces", body=NamespacesIn, answer=NamespacesOut, errors=(422,))
async def list_namespaces(request: Request) -> Response:
    wanted = await read_body(request, NamespacesIn)
    how = wanted.model_dump(exclude={"prefix"})
    how["suffix"] = tuple(wanted.suffix) if wanted.suffix else None
    prefix = tuple(map(_from_client, wanted.prefix)) if wanted.prefix else None
    prefix = await _scope(request, "list_namespaces", prefix, how.copy())
    if any(label == "*" and not isinstance(label, _Wildcard) for label in prefix):
        raise ApiError(403, "namespace: '*' would show the namespaces of others")
    found = await _ask(_store(request).alist_namespaces(prefix=prefix, **how))
    return Json({"namespaces": found})


def _require_label(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the namespace of a single item: never empty, and never langgraph's own."""
    if not labels:
        raise ApiError(400, "namespace must have at least one label")
    if labels[0] == "langgraph":
        raise ApiError(422, "namespace: the root label 'langgraph' is reserved")
    return tuple(labels)


async def _scope(
    request: Request, action: str, namespace: tuple[str, ...] | None, asked: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the namespace to act in, which handlers may have rewritten."""
    value = {"namespace": namespace, **asked}
    if await authorise(request, "store", action, value) is not None:
        raise ApiError(403, "a filter cannot be met in the store: its items have no metadata")
    return tuple(map(_as_label, value["namespace"] or ()))


class _Wildcard(str):
    """A `*` that a client sent, which stands for any label.

    One that a handler put there is the name of somebody who is called so.
    """


def _from_client(label: str) -> str:
    return _Wildcard(label) if label == "*" else label


def _as_label(label: Any) -> Any:
    """A label as a handler may have made it of a database's id."""
    return str(label) if isinstance(label, UUID) else label


def _store(request: Request) -> BaseStore:
    return request.app.state.services.store


async def _ask(answer: Awaitable[T]) -> T:
    """Return what the store answers; ApiError 422 for what it cannot make sense of."""
    try:
        return await answer
    except ValueError as error:
        raise ApiError(422, str(error)) from None


routes = [
    Route("/store/items", put_item, methods=["PUT"]),
    Route("/store/items", get_item, methods=["GET"]),
    Route("/store/items", delete_item, methods=["DELETE"]),
    Route("/store/items/search", search_items, methods=["POST"]),
    Route("/store/namespaces", list_namespaces, methods=["POST"]),
]
