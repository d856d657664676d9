"""Crons over HTTP: runs that are made again and again, on a thread or on a new one each time."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api.cron_bodies import (
    Cron,
    CronIn,
    CronPatch,
    Filter,
    SearchIn,
    ThreadCronIn,
    payload,
)
from onceproof.reference_impl.api.openapi import operation, selections
from onceproof.reference_impl.api.requests import prepare
from onceproof.reference_impl.auth.guard import Intent, authorise, user_of
from onceproof.reference_impl.http import (
    ApiError,
    Json,
    as_uuid,
    no_content,
    page,
    path_id,
    read_body,
    select_fields,
)
from onceproof.reference_impl.resources import crons, threads
from onceproof.reference_impl.resources.graphs import default_assistant_id
from onceproof.reference_impl.services import Services


@operation(
    "Create a cron whose runs have a new thread each",
    body=CronIn,
    answer=Cron,
    errors=(400, 404, 422),
)
async def create(request: Request) -> Response:
    wanted = await read_body(request, CronIn)
    return await _create(request, wanted, None, wanted.on_run_completed or "delete")


@operation("Create a cron on a thread", body=ThreadCronIn, answer=Cron, errors=(400, 404, 422))
async def create_on_thread(request: Request) -> Response:
    wanted = await read_body(request, ThreadCronIn)
    return await _create(request, wanted, path_id(request, "thread_id"), None)


async def _create(
    request: Request, wanted: CronIn | ThreadCronIn, thread_id: UUID | None, then: str | None
) -> Response:
    services: Services = request.app.state.services
    cron: dict[str, Any] = {
        "cron_id": uuid4(),
        "thread_id": thread_id,
        "schedule": wanted.schedule,
        "timezone": wanted.timezone,
        "end_time": wanted.end_time,
        "enabled": wanted.enabled is not False,
        "on_run_completed": then,
        "payload": {**payload(wanted), "assistant_id": wanted.assistant_id},
        "metadata": wanted.metadata or {},
        "made_by": user_of(request),
    }
    asked = _describe(cron)
    await authorise(request, "crons", "create", asked)
    cron["metadata"] = asked["metadata"]
    # A body that makes no valid run is refused now: at a due time nobody would see the refusal.
    run = await prepare(request, crons.run_body(cron), thread_id)
    cron["assistant_id"] = run.assistant_id
    cron["payload"]["assistant_id"] = str(run.assistant_id)
    async with services.pool.acquire() as connection, connection.transaction():
        if thread_id is not None:
            await _require_thread(connection, thread_id, run.rule, lock=True)
        cron["next_run_date"] = crons.next_run_date(cron, await crons.now(connection))
        row = await crons.insert(connection, cron)
    if row is None:
        raise ApiError(404, f"there is no assistant {run.assistant_id}")
    await services.broker.notify(crons.TOPIC)
    return Json(crons.as_json(row))


@operation("Get a cron", answer=Cron, errors=(404, 422))
async def get(request: Request) -> Response:
    services: Services = request.app.state.services
    cron_id = path_id(request, "cron_id")
    rule = await authorise(request, "crons", "read", {"cron_id": cron_id})
    return Json(crons.as_json(_require(await crons.find(services.pool, cron_id, rule), cron_id)))


@operation("Change a cron", body=CronPatch, answer=Cron, errors=(400, 404, 422))
async def patch(request: Request) -> Response:
    services: Services = request.app.state.services
    cron_id, changes = path_id(request, "cron_id"), await read_body(request, CronPatch)
    asked: Intent = {"cron_id": cron_id, "schedule": changes.schedule}
    asked |= {"payload": payload(changes), "metadata": changes.metadata or {}}
    rule = await authorise(request, "crons", "update", asked)
    if not changes.model_fields_set:
        raise ApiError(400, "say what is to be changed: the body names no field of a cron")
    async with services.pool.acquire() as connection, connection.transaction():
        row = _require(await crons.find(connection, cron_id, rule, lock=True), cron_id)
        cron = _apply_changes(dict(row), changes, asked["metadata"])
        run = await prepare(request, crons.run_body(cron), cron["thread_id"])
        if cron["thread_id"] is not None:
            await _require_thread(connection, cron["thread_id"], run.rule)
        if changes.model_fields_set & crons.TIMING:
            cron["next_run_date"] = crons.next_run_date(cron, await crons.now(connection))
        row = await crons.update(connection, cron, rule)
    if row is None:
        raise ApiError(403, "metadata: the change would take the cron out of your own reach")
    await services.broker.notify(crons.TOPIC)
    return Json(crons.as_json(row))


def _apply_changes(
    cron: Mapping[str, Any], changes: CronPatch, metadata: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the cron with the changes, and with `metadata`, laid over it."""
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    keep = {"schedule", "enabled", "on_run_completed"}  # null says nothing about these
    columns = keep | {"timezone", "end_time"}
    if cron["thread_id"] is not None:
        columns.discard("on_run_completed")
    new = {
        name: value
        for name, value in sent.items()
        if name in columns and not (name in keep and value is None)
    }
    return {
        **cron,
        **new,
        "payload": {**cron["payload"], **payload(changes)},
        "metadata": {**cron["metadata"], **metadata},
    }


@operation("Delete a cron", status=204, errors=(404, 422))
async def delete(request: Request) -> Response:
    services: Services = request.app.state.services
    cron_id = path_id(request, "cron_id")
    rule = await authorise(request, "crons", "delete", {"cron_id": cron_id})
    _require(await crons.delete(services.pool, cron_id, rule) or None, cron_id)
    return no_content()


@operation("Search crons", body=SearchIn, answer=selections(Cron), errors=(422,))
async def search(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await read_body(request, SearchIn)
    rows = await crons.search(
        services.pool,
        await _filter(request, wanted),
        order=f"{wanted.sort_by or 'created_at'} {wanted.sort_order or 'desc'} nulls last",
        limit=wanted.limit + 1,
        offset=wanted.offset,
    )
    found = [select_fields(crons.as_json(row), wanted.select) for row in rows]
    return page(found, wanted.limit, wanted.offset)


@operation("Count crons", body=Filter, answer=int, errors=(422,))
async def count(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await _filter(request, await read_body(request, Filter))
    return Json(await crons.count(services.pool, wanted))


async def _filter(request: Request, wanted: Filter) -> Mapping[str, Any]:
    """Return the filter, with the caller's rule; a graph's name means its default assistant."""
    services: Services = request.app.state.services
    name = wanted.assistant_id
    assistant_id = None
    if name is not None:
        graph = name in services.graphs
        assistant_id = default_assistant_id(name) if graph else as_uuid(name, "assistant_id")
    asked = wanted.model_dump(include={"thread_id", "limit", "offset"})
    asked |= {"assistant_id": assistant_id, "metadata": wanted.metadata or {}}
    rule = await authorise(request, "crons", "search", asked)
    return {
        "assistant_id": assistant_id,
        "thread_id": wanted.thread_id,
        "enabled": wanted.enabled,
        "metadata": asked["metadata"] or None,
        "rule": rule,
    }


def _describe(cron: Mapping[str, Any]) -> Intent:
    """Return a new cron in the form in which handlers are asked about it."""
    names = ("cron_id", "thread_id", "schedule", "end_time", "payload", "metadata")
    user = cron["made_by"]
    return {name: cron[name] for name in names} | {"user_id": user and user.identity}


async def _require_thread(
    connection: asyncpg.Connection, thread_id: UUID, rule: str | None, *, lock: bool = False
) -> None:
    if not await threads.find(connection, thread_id, rule, lock=lock):
        raise ApiError(404, f"thread {thread_id} not found")


def _require(row: Any, cron_id: UUID) -> Any:
    if row is None:
        raise ApiError(404, f"cron {cron_id} not found")
    return row


routes = [
    Route("/runs/crons", create, methods=["POST"]),
    Route("/runs/crons/search", search, methods=["POST"]),
    Route("/runs/crons/count", count, methods=["POST"]),
    Route("/runs/crons/{cron_id}", get, methods=["GET"]),
    Route("/runs/crons/{cron_id}", patch, methods=["PATCH"]),
    Route("/runs/crons/{cron_id}", delete, methods=["DELETE"]),
    Route("/threads/{thread_id}/runs/crons", create_on_thread, methods=["POST"]),
]
