"""Threads over HTTP: create, read, change, delete, copy and prune."""

from typing import Any
from uuid import UUID

from langchain_core.utils.uuid import uuid7
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api import thread_search, thread_storage
from onceproof.reference_impl.api.openapi import STRING, operation
from onceproof.reference_impl.api.thread_bodies import (
    Pruned,
    PruneIn,
    SuperstepIn,
    ThreadIn,
    ThreadOut,
    ThreadPatch,
    describe_ttl,
    make_ttl,
    wants_ttl,
)
from onceproof.reference_impl.auth.guard import Intent, authorise, user_of
from onceproof.reference_impl.core.checkpoints import thread_state
from onceproof.reference_impl.http import ApiError, Json, no_content, path_id, read_body
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.services import Services


@operation(
    "Create a thread",
    body=ThreadIn,
    answer=ThreadOut,
    others=(201,),
    errors=(400, 409, 422),
)
async def create(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await read_body(request, ThreadIn)
    metadata = wanted.metadata or {}
    if wanted.supersteps and metadata.get("graph_id") not in services.graphs.ids:
        raise ApiError(
            400, f"supersteps need a graph: metadata.graph_id must be one of {services.graphs.ids}"
        )
    thread_id = wanted.thread_id or uuid7()
    new: Intent = {"thread_id": thread_id, "metadata": metadata}
    new["if_exists"] = wanted.if_exists or "raise"
    new["ttl"] = wanted.ttl and wanted.ttl.model_dump()
    await authorise(request, "threads", "create", new)
    ttl = make_ttl(new["ttl"])
    row = await threads.insert(services.pool, thread_id, new["metadata"], ttl)
    if row is None:
        return await _existing(request, thread_id, wanted)
    if wanted.supersteps:
        return await _prepopulate(request, thread_id, wanted.supersteps)
    return Json(threads.as_json(row))


async def _existing(request: Request, thread_id: UUID, wanted: ThreadIn) -> Response:
    """Answer with the thread that already has the id, if the client accepts it and may read it."""
    services: Services = request.app.state.services
    row = None
    if wanted.if_exists == "do_nothing":
        rule = await authorise(request, "threads", "read", {"thread_id": thread_id})
        row = await threads.find(services.pool, thread_id, rule)
    if row is None:
        raise ApiError(
            409, f"thread {thread_id} already exists: use if_exists='do_nothing' to get it as it is"
        )
    return Json(threads.as_json(row))


async def _prepopulate(
    request: Request, thread_id: UUID, supersteps: list[SuperstepIn]
) -> Response:
    """Give the thread its first state; 201 if that is refused, since the thread itself stays."""
    services: Services = request.app.state.services
    steps = [[update.build() for update in step.updates] for step in supersteps]
    try:
        async with services.pool.acquire() as connection, connection.transaction():
            thread = await find_thread(connection, thread_id, lock=True)
            await thread_state.change(services, connection, thread, steps, user=user_of(request))
    except thread_state.StateRefused as error:
        return Json({"detail": f"thread {thread_id} was created, but without state: {error}"}, 201)
    return Json(threads.as_json(await find_thread(services.pool, thread_id)))


@operation(
    "Get a thread",
    answer=ThreadOut,
    query={"include": STRING},
    errors=(404, 422),
)
async def get(request: Request) -> Response:
    services: Services = request.app.state.services
    thread_id = path_id(request, "thread_id")
    rule = await authorise(request, "threads", "read", {"thread_id": thread_id})
    more = wants_ttl(request)
    row = await find_thread(services.pool, thread_id, rule)
    return Json(threads.as_json(row) | ({"ttl": describe_ttl(row)} if more else {}))


@operation(
    "Change a thread's metadata or its time to live",
    body=ThreadPatch,
    answer=ThreadOut,
    others=(204,),
    errors=(404, 422),
)
async def patch(request: Request) -> Response:
    services: Services = request.app.state.services
    thread_id = path_id(request, "thread_id")
    wanted = await read_body(request, ThreadPatch)
    changes: Intent = {"thread_id": thread_id, "metadata": wanted.metadata or {}}
    changes["ttl"] = wanted.ttl and wanted.ttl.model_dump()
    rule = await authorise(request, "threads", "update", changes)
    changes["ttl"] = make_ttl(changes["ttl"])
    row = await threads.change(services.pool, thread_id, changes, rule)
    if row is None:
        await find_thread(services.pool, thread_id, rule)
        raise ApiError(403, "metadata: the change would take the thread out of your own reach")
    minimal = "return=minimal" in request.headers.get("prefer", "").replace(" ", "").lower()
    return no_content() if minimal else Json(threads.as_json(row))


@operation("Delete a thread, its runs and its history", status=204, errors=(404, 422))
async def delete(request: Request) -> Response:
    thread_id = path_id(request, "thread_id")
    if not await _remove(request, thread_id):
        raise _unknown(thread_id)
    return no_content()


@operation("Copy a thread with its history", answer=ThreadOut, errors=(404, 422))
async def copy(request: Request) -> Response:
    services: Services = request.app.state.services
    source = path_id(request, "thread_id")
    rule = await authorise(request, "threads", "read", {"thread_id": source})
    target: Intent = {"thread_id": uuid7(), "metadata": {}}
    await authorise(request, "threads", "create", target)
    async with (
        services.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read"),
    ):
        row = await threads.copy(connection, source, target, rule)
        if row is None:
            raise _unknown(source)
        saver = services.checkpoints.for_request(connection)
        # A run under way on the source has checkpoints its thread's row does not know of yet.
        if await threads.is_busy(connection, source):
            access = thread_state.Access(user=user_of(request))
            async with thread_state.open_graph(services, row, saver, access) as graph:
                if graph is not None:
                    row = await thread_state.refresh(connection, row["thread_id"], graph)
    return Json(threads.as_json(row))


@operation(
    "Delete threads, or all but their latest state", body=PruneIn, answer=Pruned, errors=(422,)
)
async def prune(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await read_body(request, PruneIn)
    pruned = 0
    for thread_id in dict.fromkeys(wanted.thread_ids):
        if wanted.strategy == "delete":
            pruned += await _remove(request, thread_id)
        else:
            rule = await authorise(request, "threads", "update", {"thread_id": thread_id})
            async with services.pool.acquire() as connection, connection.transaction():
                pruned += await threads.keep_latest(connection, thread_id, rule)
    return Json({"pruned_count": pruned})


async def _remove(request: Request, thread_id: UUID) -> bool:
    """Remove a thread, stop the run on it and end the streams of its readers.

    A worker that misses the notice is stopped by its next heartbeat or write, which finds no run.
    """
    services: Services = request.app.state.services
    rule = await authorise(request, "threads", "delete", {"thread_id": thread_id})
    running = await threads.running_run(services.pool, thread_id, rule)
    if running is not None:
        await services.queue.cancel(running, "rollback")
    async with services.pool.acquire() as connection, connection.transaction():
        active = await threads.delete(connection, thread_id, rule)
    for run_id in active or ():
        await services.broker.end(run_id)
    return active is not None


async def find_thread(
    connection: threads.Queryable, thread_id: UUID, rule: str | None = None, *, lock: bool = False
) -> Any:
    """Return the thread's row; ApiError 404 if no thread with this id fulfils the rule."""
    row = await threads.find(connection, thread_id, rule, lock=lock)
    if row is None:
        raise _unknown(thread_id)
    return row


def _unknown(thread_id: UUID) -> ApiError:
    return ApiError(404, f"thread {thread_id} not found")


routes = [
    Route("/threads", create, methods=["POST"]),
    *thread_search.routes,
    *thread_storage.routes,
    Route("/threads/prune", prune, methods=["POST"]),
    Route("/threads/{thread_id}", get, methods=["GET"]),
    Route("/threads/{thread_id}", patch, methods=["PATCH"]),
    Route("/threads/{thread_id}", delete, methods=["DELETE"]),
    Route("/threads/{thread_id}/copy", copy, methods=["POST"]),
]
