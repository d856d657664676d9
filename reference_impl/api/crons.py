"""Crons over HTTP: runs that are made again and again, on a thread or on a new one each time."""

from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reference_impl import crons, threads
from reference_impl.api.cron_bodies import (
    Cron,
    CronIn,
    CronPatch,
    Filter,
    SearchIn,
    ThreadCronIn,
    payload,
    run_of,
)
from reference_impl.api.http import (
    ApiError,
    Json,
    as_uuid,
    body,
    no_content,
    page,
    path_id,
    selected,
)
from reference_impl.api.openapi import operation, selections
from reference_impl.api.requests import prepare
from reference_impl.graphs import default_assistant_id
from reference_impl.services import Services


@operation(
    "Create a cron whose runs have a new thread each",
    body=CronIn,
    answer=Cron,
    errors=(400, 404, 422),
)
async def create(request: Request) -> Response:
    wanted = await body(request, CronIn)
    return await _create(request, wanted, None, wanted.on_run_completed or "delete")


@operation("Create a cron on a thread", body=ThreadCronIn, answer=Cron, errors=(400, 404, 422))
async def create_on_thread(request: Request) -> Response:
    wanted = await body(request, ThreadCronIn)
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
    }
    # What its runs could not be made of is refused here, where somebody hears it.
    run = await prepare(services, request, run_of(cron), thread_id)
    cron["assistant_id"] = run.assistant_id
    cron["payload"]["assistant_id"] = str(run.assistant_id)
    async with services.pool.acquire() as connection, connection.transaction():
        if thread_id and not await threads.find(connection, thread_id, lock=True):
            raise ApiError(404, f"thread {thread_id} not found")
        cron["next_run_date"] = crons.next_run_date(cron, await crons.now(connection))
        row = await crons.insert(connection, cron)
    if row is None:
        raise ApiError(404, f"there is no assistant {run.assistant_id}")
    await services.broker.notify(crons.CRONS)
    return Json(dict(row))


@operation("Get a cron", answer=Cron, errors=(404, 422))
async def get(request: Request) -> Response:
    services: Services = request.app.state.services
    cron_id = path_id(request, "cron_id")
    return Json(dict(_known(await crons.find(services.pool, cron_id), cron_id)))


@operation("Change a cron", body=CronPatch, answer=Cron, errors=(400, 404, 422))
async def patch(request: Request) -> Response:
    services: Services = request.app.state.services
    cron_id, changes = path_id(request, "cron_id"), await body(request, CronPatch)
    if not changes.model_fields_set:
        raise ApiError(400, "say what is to be changed: the body names no field of a cron")
    async with services.pool.acquire() as connection, connection.transaction():
        row = _known(await crons.find(connection, cron_id, lock=True), cron_id)
        cron = _changed(dict(row), changes)
        await prepare(services, request, run_of(cron), cron["thread_id"])
        if changes.model_fields_set & crons.TIMING:
            cron["next_run_date"] = crons.next_run_date(cron, await crons.now(connection))
        row = await crons.update(connection, cron)
    await services.broker.notify(crons.CRONS)
    return Json(dict(row))


def _changed(cron: dict[str, Any], changes: CronPatch) -> dict[str, Any]:
    """The cron with the changes laid over it."""
    given = {name: getattr(changes, name) for name in changes.model_fields_set}
    keep = {"schedule", "enabled", "on_run_completed"}  # null says nothing about these
    columns = keep | {"timezone", "end_time"}
    if cron["thread_id"] is not None:
        columns.discard("on_run_completed")
    new = {
        name: value
        for name, value in given.items()
        if name in columns and not (name in keep and value is None)
    }
    return {
        **cron,
        **new,
        "payload": {**cron["payload"], **payload(changes)},
        "metadata": {**cron["metadata"], **(changes.metadata or {})},
    }


@operation("Delete a cron", status=204, errors=(404, 422))
async def delete(request: Request) -> Response:
    services: Services = request.app.state.services
    cron_id = path_id(request, "cron_id")
    _known(await crons.delete(services.pool, cron_id) or None, cron_id)
    return no_content()


@operation("Search crons", body=SearchIn, answer=selections(Cron), errors=(422,))
async def search(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await body(request, SearchIn)
    rows = await crons.search(
        services.pool,
        _filter(services, wanted),
        order=f"{wanted.sort_by or 'created_at'} {wanted.sort_order or 'desc'} nulls last",
        limit=wanted.limit + 1,
        offset=wanted.offset,
    )
    return page([selected(row, wanted.select) for row in rows], wanted.limit, wanted.offset)


@operation("Count crons", body=Filter, answer=int, errors=(422,))
async def count(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = _filter(services, await body(request, Filter))
    return Json(await crons.count(services.pool, wanted))


def _filter(services: Services, wanted: Filter) -> dict[str, Any]:
    """The filter, with a graph's name taken for its default assistant."""
    name = wanted.assistant_id
    assistant_id = None
    if name is not None:
        graph = name in services.graphs
        assistant_id = default_assistant_id(name) if graph else as_uuid(name, "assistant_id")
    return {
        "assistant_id": assistant_id,
        "thread_id": wanted.thread_id,
        "enabled": wanted.enabled,
        "metadata": wanted.metadata,
    }


def _known(row: Any, cron_id: UUID) -> Any:
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
