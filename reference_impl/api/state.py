"""The state of a thread over HTTP: read it, change it, walk its history."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from langgraph.types import StateUpdate
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl.api.openapi import (
    BOOLEAN,
    INTEGER,
    STRING,
    UUID_TEXT,
    list_of,
    operation,
    selection,
    selections,
)
from onceproof.reference_impl.api.state_bodies import (
    DEFAULT_HISTORY,
    Changed,
    Checkpoint,
    Configured,
    HistoryOf,
    Select,
    Selected,
    StateAt,
    StateIn,
    ThreadState,
)
from onceproof.reference_impl.api.thread_streams import publish_state
from onceproof.reference_impl.api.threads import find_thread
from onceproof.reference_impl.auth.guard import authorise, user_of
from onceproof.reference_impl.core.checkpoints import thread_state
from onceproof.reference_impl.core.user import User
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import (
    ApiError,
    Json,
    JsonList,
    as_uuid,
    path_id,
    query_bool,
    query_int,
    query_text,
    read_body,
    validate,
)
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.services import Services


@operation(
    "Get a thread's latest state",
    answer=selection(ThreadState),
    query={"subgraphs": BOOLEAN, "select": list_of(STRING)},
    errors=(404, 422),
)
async def latest(request: Request) -> Response:
    return await _state(request, Checkpoint(), query_bool(request, "subgraphs"), _select(request))


@operation(
    "Get a thread's state at a checkpoint",
    answer=selection(ThreadState),
    query={"subgraphs": BOOLEAN, "select": list_of(STRING)},
    errors=(404, 422),
)
async def at_checkpoint_id(request: Request) -> Response:
    at = Checkpoint(checkpoint_id=path_id(request, "checkpoint_id"))
    return await _state(request, at, query_bool(request, "subgraphs"), _select(request))


@operation(
    "Get a thread's state at a checkpoint, also one of a subgraph",
    body=StateAt,
    answer=selection(ThreadState),
    errors=(404, 422),
)
async def at_checkpoint(request: Request) -> Response:
    wanted = await read_body(request, StateAt)
    return await _state(request, wanted.checkpoint, wanted.subgraphs, wanted.select)


async def _state(
    request: Request, at: Checkpoint, subgraphs: bool, select: Sequence[str] | None
) -> Response:
    services: Services = request.app.state.services
    thread = await _readable(request)
    state = await _read(services, thread, at, subgraphs, user_of(request))
    if at.checkpoint_id is not None and state["created_at"] is None:
        raise _no_checkpoint(thread["thread_id"], at.checkpoint_id)
    return Json(_project(state, select))


async def _read(
    services: Services,
    thread: Mapping[str, Any],
    at: Checkpoint,
    subgraphs: bool = False,
    user: User | None = None,
) -> thread_state.ThreadState:
    saver, access = services.checkpoints.for_request(), thread_state.Access(user=user)
    async with thread_state.open_graph(services, thread, saver, access) as graph:
        if graph is None:
            return thread_state.EMPTY
        config = thread_state.make_config(thread["thread_id"], at.plain())
        return thread_state.describe(
            await thread_state.read_snapshot(graph, config, subgraphs=subgraphs)
        )


@operation(
    "Change a thread's state as if a node had run",
    body=StateIn,
    answer=Changed,
    errors=(400, 404, 409, 422),
)
async def change(request: Request) -> Response:
    services: Services = request.app.state.services
    thread_id = path_id(request, "thread_id")
    wanted = await read_body(request, StateIn)
    at = wanted.checkpoint or Checkpoint()
    if wanted.checkpoint_id is not None:
        at = at.model_copy(update={"checkpoint_id": wanted.checkpoint_id})
    rule = await authorise(request, "threads", "update", {"thread_id": thread_id})
    async with services.pool.acquire() as connection, connection.transaction():
        thread = await find_thread(connection, thread_id, rule, lock=True)
        await _changeable(services, connection, thread, at)
        try:
            changed = await thread_state.change(
                services,
                connection,
                thread,
                [[StateUpdate(wanted.values, wanted.as_node)]],
                at.plain(),
                user=user_of(request),
            )
        except thread_state.StateRefused as error:
            raise ApiError(422, str(error)) from None
    user = user_of(request)
    await publish_state(
        services, thread_id, lambda: _read(services, thread, Checkpoint(), user=user)
    )
    checkpoint = thread_state.read_address(changed)
    return Json({"checkpoint": checkpoint, "configurable": checkpoint})


async def _changeable(
    services: Services, connection: Any, thread: Mapping[str, Any], at: Checkpoint
) -> None:
    """Refuse what would lose or invent state; the thread's lock keeps the answer true."""
    thread_id = thread["thread_id"]
    if await threads.is_busy(connection, thread_id):
        raise ApiError(409, f"thread {thread_id} has a run under way: wait for it or cancel it")
    if not thread_state.has_graph(services, thread):
        raise ApiError(
            400,
            f"thread {thread_id} has no graph yet: run one on it, or set metadata.graph_id to one "
            f"of {services.graphs.ids}",
        )
    # A graph would take an unknown checkpoint for an empty thread, and start one.
    saver = services.checkpoints.for_request(connection)
    where = thread_state.make_config(thread_id, at.plain())
    if at.checkpoint_id is not None and await saver.aget_tuple(where) is None:
        raise _no_checkpoint(thread_id, at.checkpoint_id)


@operation(
    "Get a thread's earlier states, newest first",
    answer=selections(ThreadState),
    query={"limit": INTEGER, "before": UUID_TEXT, "select": list_of(STRING)},
    errors=(404, 422),
)
async def history(request: Request) -> Response:
    before = query_text(request, "before")
    wanted = HistoryOf(
        limit=query_int(request, "limit", DEFAULT_HISTORY, low=1, high=1000),
        before=None if before is None else as_uuid(before, "before"),
        select=_select(request),
    )
    return await _history(request, wanted)


@operation(
    "Search a thread's earlier states, newest first",
    body=HistoryOf,
    answer=selections(ThreadState),
    errors=(404, 422),
)
async def search_history(request: Request) -> Response:
    return await _history(request, await read_body(request, HistoryOf))


async def _history(request: Request, wanted: HistoryOf) -> Response:
    services: Services = request.app.state.services
    thread = await _readable(request)
    at = wanted.checkpoint or Checkpoint()
    saver, access = services.checkpoints.for_request(), thread_state.Access(user=user_of(request))
    async with thread_state.open_graph(services, thread, saver, access) as graph:
        if graph is None:
            return Json([])
        snapshots = graph.aget_state_history(
            thread_state.make_config(thread["thread_id"], at.plain()),
            filter=wanted.metadata,
            before=_before(thread["thread_id"], wanted.before),
            limit=wanted.limit,
        )
        found = []
        async for item in snapshots:
            found.append(thread_state.describe(item))
            await asyncio.sleep(0)  # all of them are at hand: without it nobody else gets a turn
    return JsonList(_project(item, wanted.select) for item in found)


def _before(thread_id: UUID, before: UUID | Configured | Checkpoint | None) -> Any:
    if isinstance(before, Configured):
        before = before.configurable
    if isinstance(before, Checkpoint):
        before = before.checkpoint_id
    return (
        None
        if before is None
        else thread_state.make_config(thread_id, {"checkpoint_id": str(before)})
    )


def _select(request: Request) -> Select | None:
    """Return the fields that `select` names, repeated or separated by commas."""
    names = [n for text in request.query_params.getlist("select") for n in text.split(",")]
    return validate({"select": names}, Selected).select if names else None


def _project(state: Mapping[str, Any], select: Sequence[str] | None) -> JsonObject:
    """Return the state, or the selected fields of it."""
    if not select:
        return dict(state)
    chosen: JsonObject = {}
    for name in select:
        field, _, key = name.partition(".")
        if key:
            values = state[field] if isinstance(state[field], dict) else {}
            chosen.setdefault(field, {})[key] = values.get(key)
        else:
            chosen[field] = state[field]
    return chosen


async def _readable(request: Request) -> Any:
    """Return the row of the thread in the path."""
    thread_id = path_id(request, "thread_id")
    rule = await authorise(request, "threads", "read", {"thread_id": thread_id})
    return await find_thread(request.app.state.services.pool, thread_id, rule)


def _no_checkpoint(thread_id: UUID, checkpoint_id: UUID) -> ApiError:
    return ApiError(404, f"thread {thread_id} has no checkpoint {checkpoint_id}")


routes = [
    Route("/threads/{thread_id}/state", latest, methods=["GET"]),
    Route("/threads/{thread_id}/state", change, methods=["POST"]),
    Route("/threads/{thread_id}/state/checkpoint", at_checkpoint, methods=["POST"]),
    Route("/threads/{thread_id}/state/{checkpoint_id}", at_checkpoint_id, methods=["GET"]),
    Route("/threads/{thread_id}/history", history, methods=["GET"]),
    Route("/threads/{thread_id}/history", search_history, methods=["POST"]),
]
