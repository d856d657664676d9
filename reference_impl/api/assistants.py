"""Assistants over HTTP: a graph with a configuration, kept in versions."""

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_impl import assistants
from reference_impl.api import graph_views
from reference_impl.api.assistant_bodies import (
    Assistant,
    AssistantVersion,
    Changes,
    Filter,
    LatestIn,
    NewAssistant,
    SearchIn,
    VersionsIn,
)
from reference_impl.api.http import (
    ApiError,
    Json,
    body,
    no_content,
    page,
    path_id,
    query_bool,
    selected,
)
from reference_impl.api.openapi import BOOLEAN, operation
from reference_impl.api.resolving import known
from reference_impl.api.resolving import resolve as resolve
from reference_impl.graphs import Graphs, default_assistant_id
from reference_impl.services import Services


@operation("Create an assistant", body=NewAssistant, answer=Assistant, errors=(400, 404, 409, 422))
async def create(request: Request) -> Response:
    services, new = _services(request), await body(request, NewAssistant)
    _served(services.graphs, new.graph_id)
    config, context = _in_sync(new, {})
    content = {
        "graph_id": new.graph_id,
        "name": "Untitled" if new.name is None else new.name,
        "description": new.description,
        "config": config,
        "context": context,
        "metadata": new.metadata or {},
    }
    assistant_id = new.assistant_id or uuid4()
    row = await assistants.insert(services.pool, assistant_id, content)
    if row is None and new.if_exists == "do_nothing":
        row = await assistants.find(services.pool, services.graphs, assistant_id)
    if row is None:
        raise ApiError(409, f"assistant {assistant_id} exists already")
    return Json(dict(row))


@operation("Search assistants", body=SearchIn, answer=list[Assistant], errors=(404, 422))
async def search(request: Request) -> Response:
    services, wanted = _services(request), await body(request, SearchIn)
    rows = await assistants.search(
        services.pool,
        _filter(services.graphs, wanted),
        order=f"{wanted.sort_by or 'created_at'} {wanted.sort_order or 'desc'}",
        limit=wanted.limit + 1,
        offset=wanted.offset,
    )
    return page([selected(row, wanted.select) for row in rows], wanted.limit, wanted.offset)


@operation("Count assistants", body=Filter, answer=int, errors=(404, 422))
async def count(request: Request) -> Response:
    services, wanted = _services(request), await body(request, Filter)
    return Json(await assistants.count(services.pool, _filter(services.graphs, wanted)))


@operation("Get an assistant", answer=Assistant, errors=(404, 422))
async def get(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    row = await assistants.find(services.pool, services.graphs, assistant_id)
    return Json(dict(known(row, assistant_id)))


@operation(
    "Change an assistant, as a new version",
    body=Changes,
    answer=Assistant,
    errors=(400, 404, 409, 422),
)
async def patch(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    changes = await body(request, Changes)
    if changes.graph_id is not None:
        _served(services.graphs, changes.graph_id)
    async with services.pool.acquire() as connection, connection.transaction():
        row = known(await assistants.lock(connection, services.graphs, assistant_id), assistant_id)
        content = _changed(dict(row), changes)
        if _is_default(row) and content["graph_id"] != row["graph_id"]:
            raise ApiError(
                409, f"the default assistant of {row['graph_id']!r} stays with its graph"
            )
        return Json(dict(await assistants.new_version(connection, assistant_id, content)))


@operation(
    "Delete an assistant, and with `delete_threads` also the threads only it worked on",
    query={"delete_threads": BOOLEAN},
    status=204,
    errors=(404, 409, 422),
)
async def delete(request: Request) -> Response:
    services, assistant_id = _services(request), path_id(request, "assistant_id")
    with_threads = query_bool(request, "delete_threads")
    row = known(await assistants.find(services.pool, services.graphs, assistant_id), assistant_id)
    if _is_default(row):
        raise ApiError(
            409, f"this is the default assistant of graph {row['graph_id']!r} and stays with it"
        )
    in_flight = await assistants.delete(services.pool, assistant_id, with_threads=with_threads)
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
    wanted = await body(request, VersionsIn)
    known(await assistants.find(services.pool, services.graphs, assistant_id), assistant_id)
    rows = await assistants.versions(
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
    version = (await body(request, LatestIn)).version
    async with services.pool.acquire() as connection, connection.transaction():
        known(await assistants.lock(connection, services.graphs, assistant_id), assistant_id)
        row = await assistants.set_latest(connection, services.graphs, assistant_id, version)
    if row is None:
        raise ApiError(404, f"assistant {assistant_id} has no version {version}")
    return Json(dict(row))


def _services(request: Request) -> Services:
    return request.app.state.services


def _served(graphs: Graphs, graph_id: str) -> None:
    if graph_id not in graphs:
        raise ApiError(404, f"there is no graph {graph_id!r}; this server has {graphs.ids}")


def _is_default(row: Any) -> bool:
    return row["assistant_id"] == default_assistant_id(row["graph_id"])


def _filter(graphs: Graphs, wanted: Filter) -> dict[str, Any]:
    if wanted.graph_id is not None:
        _served(graphs, wanted.graph_id)
    graph_ids = graphs.ids if wanted.graph_id is None else [wanted.graph_id]
    return {"graph_ids": graph_ids, "metadata": wanted.metadata, "name": wanted.name}


def _changed(row: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """The content of the next version: the row's, with the changes laid over it."""
    given = {name: getattr(changes, name) for name in ("graph_id", "name", "description")}
    config, context = _in_sync(changes, row)
    return {
        **row,
        **{name: value for name, value in given.items() if value is not None},
        "config": config,
        "context": context,
        "metadata": {**row["metadata"], **(changes.metadata or {})},
    }


def _in_sync(changes: Changes, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The config and the context, which is its `configurable`; 400 if a client sends both."""
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
