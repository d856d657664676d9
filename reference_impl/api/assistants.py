"""Assistants over HTTP: a graph with a configuration, kept in versions."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api import graph_views
from onceproof.reference_impl.api.assistant_bodies import (
    Assistant,
    AssistantVersion,
    Changes,
    Filter,
    LatestIn,
    NewAssistant,
    SearchIn,
    VersionsIn,
)
from onceproof.reference_impl.api.openapi import BOOLEAN, operation, selections
from onceproof.reference_impl.auth.guard import Intent, authorise
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import (
    ApiError,
    Json,
    no_content,
    page,
    path_id,
    query_bool,
    read_body,
    select_fields,
)
from onceproof.reference_impl.resources import assistants
from onceproof.reference_impl.resources.graphs import Graphs, default_assistant_id
from onceproof.reference_impl.services import Services


@operation("Create an assistant", body=NewAssistant, answer=Assistant, errors=(400, 404, 409, 422))
async def create(request: Request) -> Response:
    services, new = _services(request), await read_body(request, NewAssistant)
    _require_graph(services.graphs, new.graph_id)
    config, context = _in_sync(new, {})
    content: Intent = {
        "graph_id": new.graph_id,
        "name": "Untitled" if new.name is None else new.name,
        "description": new.description,
        "config": config,
        "context": context,
        "metadata": new.metadata or {},
    }
    assistant_id = new.assistant_id or uuid4()
    content |= {"assistant_id": assistant_id, "if_exists": new.if_exists or "raise"}
    await authorise(request, "assistants", "create", content)
    row = await assistants.insert(services.pool, assistant_id, content)
    if row is None and new.if_exists == "do_nothing":
        rule = await _rule(request, "read", assistant_id)
        row = await assistants.find(services.pool, services.graphs, assistant_id, rule)
    if row is None:
        raise ApiError(409, f"assistant {assistant_id} exists already")
    return Json(dict(row))


@operation("Search assistants", body=SearchIn, answer=selections(Assistant), errors=(404, 422))
async def search(request: Request) -> Response:
    services, wanted = _services(request), await read_body(request, SearchIn)
    rows = await assistants.search(
        services.pool,
        await _filter(request, wanted),
        order=f"{wanted.sort_by or 'created_at'} {wanted.sort_order or 'desc'}",
        limit=wanted.limit + 1,
        offset=wanted.offset,
    )
    return page([select_fields(row, wanted.select) for row in rows], wanted.limit, wanted.offset)


@operation("Count assistants", body=Filter, answer=int, errors=(404, 422))
async def count(request: Request) -> Response:
    services, wanted = _services(request), await read_body(request, Filter)
    return Json(await assistants.count(services.pool, await _filter(request, wanted)))


@operation("Get an assistant", answer=Assistant, errors=(404, 422))
async def get(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    rule = await _rule(request, "read", assistant_id)
    row = await assistants.find(services.pool, services.graphs, assistant_id, rule)
    return Json(dict(assistants.require(row, assistant_id)))


@operation(
    "Change an assistant, as a new version",
    body=Changes,
    answer=Assistant,
    errors=(400, 404, 409, 422),
)
async def patch(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    changes = await read_body(request, Changes)
    if changes.graph_id is not None:
        _require_graph(services.graphs, changes.graph_id)
    asked = changes.model_dump(exclude_none=True) | {"assistant_id": assistant_id}
    asked["metadata"] = changes.metadata or {}
    rule = await authorise(request, "assistants", "update", asked)
    async with services.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, services, assistant_id, rule)
        content = _apply_changes(row, changes, asked["metadata"])
        if _is_default(row) and content["graph_id"] != row["graph_id"]:
            raise ApiError(
                409, f"the default assistant of {row['graph_id']!r} stays with its graph"
            )
        if not await assistants.permits(connection, rule, content["metadata"]):
            raise ApiError(403, "metadata: the change would take it out of your own reach")
        return Json(dict(await assistants.add_version(connection, assistant_id, content)))


@operation(
    "Delete an assistant, and with `delete_threads` also the threads only it worked on",
    query={"delete_threads": BOOLEAN},
    status=204,
    errors=(404, 409, 422),
)
async def delete(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    with_threads = query_bool(request, "delete_threads")
    rule = await _rule(request, "delete", assistant_id)
    row = assistants.require(
        await assistants.find(services.pool, services.graphs, assistant_id, rule), assistant_id
    )
    if _is_default(row):
        raise ApiError(
            409, f"this is the default assistant of graph {row['graph_id']!r} and stays with it"
        )
    thread_rule = (
        await authorise(request, "threads", "delete", {"thread_id": None}) if with_threads else None
    )
    in_flight = await assistants.delete(
        services.pool, assistant_id, with_threads=with_threads, thread_rule=thread_rule
    )
    for run_id in in_flight:
        await services.queue.cancel(run_id, "interrupt")
    return no_content()


@operation(
    "List an assistant's versions, newest first",
    body=VersionsIn,
    answer=list[AssistantVersion],
    errors=(404, 422),
)
async def versions(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    wanted = await read_body(request, VersionsIn)
    rule = await _rule(request, "read", assistant_id)
    assistants.require(
        await assistants.find(services.pool, services.graphs, assistant_id, rule), assistant_id
    )
    rows = await assistants.list_versions(
        services.pool,
        assistant_id,
        wanted.metadata or {},
        limit=wanted.limit + 1,
        offset=wanted.offset,
    )
    return page([dict(row) for row in rows], wanted.limit, wanted.offset)


@operation("Make a version the latest", body=LatestIn, answer=Assistant, errors=(404, 422))
async def latest(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    version = (await read_body(request, LatestIn)).version
    value = {"assistant_id": assistant_id, "version": version, "metadata": {}}
    rule = await authorise(request, "assistants", "update", value)
    async with services.pool.acquire() as connection, connection.transaction():
        await _lock(connection, services, assistant_id, rule)
        row = await assistants.set_latest(connection, services.graphs, assistant_id, version)
    if row is None:
        raise ApiError(404, f"assistant {assistant_id} has no version {version}")
    return Json(dict(row))


def _services(request: Request) -> Services:
    return request.app.state.services


async def _rule(request: Request, action: str, assistant_id: UUID) -> str | None:
    value = {"assistant_id": assistant_id, "metadata": {}}
    return await authorise(request, "assistants", action, value)


async def _lock(
    connection: asyncpg.Connection, services: Services, assistant_id: UUID, rule: str | None
) -> Mapping[str, Any]:
    found = await assistants.find(connection, services.graphs, assistant_id, rule, lock=True)
    return dict(assistants.require(found, assistant_id))


def _require_graph(graphs: Graphs, graph_id: str) -> None:
    if graph_id not in graphs:
        raise ApiError(404, f"there is no graph {graph_id!r}; this server has {graphs.ids}")


def _is_default(row: Any) -> bool:
    return row["assistant_id"] == default_assistant_id(row["graph_id"])


async def _filter(request: Request, wanted: Filter) -> Mapping[str, Any]:
    graphs = _services(request).graphs
    if wanted.graph_id is not None:
        _require_graph(graphs, wanted.graph_id)
    asked = wanted.model_dump(include={"graph_id", "limit", "offset"})
    asked["metadata"] = wanted.metadata or {}
    rule = await authorise(request, "assistants", "search", asked)
    return {
        "graph_ids": graphs.ids if wanted.graph_id is None else [wanted.graph_id],
        "metadata": asked["metadata"] or None,
        "name": wanted.name or None,
        "rule": rule,
    }


def _apply_changes(
    row: Mapping[str, Any], changes: Changes, metadata: JsonObject
) -> Mapping[str, Any]:
    """Return the content of the next version: the row's, with the changes laid over it."""
    sent = {name: getattr(changes, name) for name in ("graph_id", "name", "description")}
    config, context = _in_sync(changes, row)
    return {
        **row,
        **{name: value for name, value in sent.items() if value is not None},
        "config": config,
        "context": context,
        "metadata": {**row["metadata"], **metadata},
    }


def _in_sync(changes: Changes, row: Mapping[str, Any]) -> tuple[JsonObject, JsonObject]:
    """Return the config and the context, its `configurable`; 400 if a client sends both."""
    config = row.get("config", {}) if changes.config is None else changes.config.plain()
    sent = changes.config is not None and config.get("configurable")
    if sent and changes.context:
        raise ApiError(400, "send config.configurable or context, not both: they are the same")
    if changes.context is not None and not sent:
        config = {**config, "configurable": changes.context}
    return config, config.get("configurable", {})


routes = [
    Route("/assistants", create, methods=["POST"]),
    Route("/assistants/search", search, methods=["POST"]),
    Route("/assistants/count", count, methods=["POST"]),
    Route("/assistants/{assistant_id}", get, methods=["GET"]),
    Route("/assistants/{assistant_id}", patch, methods=["PATCH"]),
    Route("/assistants/{assistant_id}", delete, methods=["DELETE"]),
    Route("/assistants/{assistant_id}/versions", versions, methods=["POST"]),
    Route("/assistants/{assistant_id}/latest", latest, methods=["POST"]),
    *graph_views.routes,
]
