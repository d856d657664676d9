"""Runs over HTTP: create, read, join, cancel, delete. Streams are in `streams.py`."""

from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl import sql
from onceproof.reference_impl.api import following
from onceproof.reference_impl.api.accepting import KEYED, accept, accept_once
from onceproof.reference_impl.api.openapi import (
    BOOLEAN,
    INTEGER,
    list_of,
    one_of,
    operation,
    selections,
)
from onceproof.reference_impl.api.requests import prepare, read_creation
from onceproof.reference_impl.api.run_bodies import (
    Action,
    BatchRunIn,
    CancelIn,
    RunOut,
    Status,
)
from onceproof.reference_impl.api.sse import LongAnswer
from onceproof.reference_impl.auth.guard import authorise
from onceproof.reference_impl.core.idempotency import Repeated
from onceproof.reference_impl.core.run import ACTIVE, TERMINAL, RunRequest, RunSpec
from onceproof.reference_impl.database import fetch_page
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import (
    ApiError,
    Json,
    no_content,
    page,
    path_id,
    query_bool,
    query_int,
    read_body,
    read_json,
    select_fields,
    validate,
)
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.resources.run_bodies import ThreadRunIn
from onceproof.reference_impl.services import Services

FIELDS = tuple(RunOut.model_fields)
STATUSES: tuple[str, ...] = get_args(Status)


def locate(run: RunRequest) -> str:
    """Return the path of the run, which clients read from Content-Location."""
    return _path(run.thread_id, run.run_id, run.spec)


def locate_row(row: Mapping[str, Any]) -> str:
    """Return the path of a run that was accepted before."""
    return _path(row["thread_id"], row["run_id"], RunSpec.load(row["kwargs"]))


def _path(thread_id: UUID, run_id: UUID, spec: RunSpec) -> str:
    return f"/runs/{run_id}" if spec.temporary else f"/threads/{thread_id}/runs/{run_id}"


async def find_run(
    request: Request, action: str = "read", query: str = sql.runs.FIND
) -> Mapping[str, Any]:
    """Return the run in the path, on the thread in the path if there is one.

    Access to a run follows from access to its thread. ApiError 404 if there is no such run.
    """
    services: Services = request.app.state.services
    thread_id = path_id(request, "thread_id") if "thread_id" in request.path_params else None
    run_id = path_id(request, "run_id")
    value = {"thread_id": thread_id, "run_id": run_id}
    rule = await authorise(request, "threads", action, value)
    row = await services.pool.fetchrow(query, run_id, thread_id, rule)
    if row is None:
        raise ApiError(404, f"run {run_id} not found")
    return dict(row)


async def require_thread(services: Services, thread_id: UUID, rule: str | None) -> None:
    """Raise ApiError 404 unless the thread exists and fulfils the rule."""
    if await threads.find(services.pool, thread_id, rule) is None:
        raise ApiError(404, f"thread {thread_id} not found")


def as_json(row: Mapping[str, Any]) -> JsonObject:
    """Return the run as the API answers it; the caller's identity stays inside."""
    run = {name: row[name] for name in FIELDS}
    return run | {"kwargs": {k: v for k, v in run["kwargs"].items() if k != "user"}}


_creation: dict[str, Any] = {"headers": KEYED, "errors": (400, 404, 409, 422)}


@operation("Create a background run", body=ThreadRunIn, answer=RunOut, **_creation)
async def create(request: Request) -> Response:
    wanted = await read_creation(request)
    [row] = await accept_once(request, [wanted.run], wanted.body)
    return Json(as_json(row), headers={"Content-Location": locate_row(row)})


@operation("Create runs, all or none", body=list[BatchRunIn], answer=list[RunOut], **_creation)
async def batch(request: Request) -> Response:
    items = await read_json(request)
    if not isinstance(items, list) or not items:
        raise ApiError(422, "the body must be a list of at least one run")
    wanted = [validate(item, BatchRunIn) for item in items]
    runs = [await prepare(request, item, item.thread_id) for item in wanted]
    return Json([as_json(row) for row in await accept_once(request, runs, items)])


@operation("Create a run and wait for its output", body=ThreadRunIn, **_creation)
async def wait(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted = await read_creation(request)
    run_id, where = wanted.run.run_id, locate(wanted.run)
    chunks = following.answer_at_end(
        services, run_id, begin=lambda: accept(request, [wanted.run], wanted.body)
    )
    try:
        # The first step accepts the run, so a refusal can still be answered as one.
        await anext(chunks)
    except Repeated as earlier:
        [row] = earlier.runs
        run_id, where = row["run_id"], locate_row(row)
        chunks = following.answer_at_end(services, run_id)
    return _answer(services, run_id, chunks, where, cancel=wanted.cancel_on_disconnect)


@operation("Wait for a run's output", query={"cancel_on_disconnect": BOOLEAN}, errors=(404, 422))
async def join(request: Request) -> Response:
    services: Services = request.app.state.services
    leave = query_bool(request, "cancel_on_disconnect")
    run = await find_run(request, "update" if leave else "read")
    chunks = following.answer_at_end(services, run["run_id"])
    where = f"/threads/{run['thread_id']}/runs/{run['run_id']}"
    return _answer(services, run["run_id"], chunks, where, cancel=leave)


def _answer(
    services: Services, run_id: UUID, chunks: Any, where: str, *, cancel: bool
) -> LongAnswer:
    return LongAnswer(
        chunks,
        media_type="application/json",
        headers={"Content-Location": where, "Location": f"{where}/join"},
        gone=(lambda: services.queue.cancel(run_id, "interrupt")) if cancel else None,
    )


@operation(
    "List a thread's runs, newest first",
    answer=selections(RunOut),
    query={
        "limit": INTEGER,
        "offset": INTEGER,
        "status": one_of(Status),
        "select": list_of({"enum": list(FIELDS)}),
    },
    errors=(404, 422),
)
async def list_(request: Request) -> Response:
    services: Services = request.app.state.services
    thread_id = path_id(request, "thread_id")
    limit = query_int(request, "limit", 10, low=1, high=1000)
    offset = query_int(request, "offset", 0, low=0, high=2**31 - 1)
    status = request.query_params.get("status")
    if status is not None and status not in STATUSES:
        raise ApiError(422, f"status must be one of {', '.join(STATUSES)}, not {status!r}")
    fields = request.query_params.getlist("select")
    if unknown := set(fields) - set(FIELDS):
        raise ApiError(422, f"select: {sorted(unknown)[0]!r} is not a field of a run")
    asked = {"thread_id": thread_id, "limit": limit, "offset": offset, "metadata": {}}
    await require_thread(services, thread_id, await authorise(request, "threads", "search", asked))
    values = (thread_id, status, limit + 1, offset)
    rows = await fetch_page(services.pool, sql.runs.LIST, values, limit=limit)
    return page([select_fields(row, fields) for row in rows], limit, offset)


@operation("Read a run", answer=RunOut, errors=(404, 422))
async def get(request: Request) -> Response:
    return Json(await find_run(request))


@operation("Delete a run that has ended", status=204, errors=(404, 409, 422))
async def delete(request: Request) -> Response:
    services: Services = request.app.state.services
    run = await find_run(request, "delete")
    if run["status"] in ACTIVE:
        raise ApiError(409, f"run {run['run_id']} is {run['status']}: cancel it first")
    await services.queue.delete(run["run_id"])
    return no_content()


@operation(
    "Cancel a run; with `wait` answer 200 and its output when it has ended",
    query={"wait": BOOLEAN, "action": one_of(Action)},
    status=202,
    others=(200,),
    errors=(404, 409, 422),
)
async def cancel(request: Request) -> Response:
    services: Services = request.app.state.services
    action, waits = _action(request), query_bool(request, "wait")
    run = await find_run(request, "update")
    status = await services.queue.cancel(run["run_id"], action)
    if status in TERMINAL:
        raise ApiError(409, f"run {run['run_id']} has ended already: {status}")
    if not waits:
        return no_content(202)
    return LongAnswer(
        following.answer_at_end(services, run["run_id"]),
        media_type="application/json",
        headers={},
    )


@operation(
    "Cancel many runs",
    body=CancelIn,
    query={"action": one_of(Action)},
    status=204,
    errors=(404, 422),
)
async def cancel_many(request: Request) -> Response:
    services: Services = request.app.state.services
    wanted, action = await read_body(request, CancelIn), _action(request)
    named = wanted.thread_id is not None and bool(wanted.run_ids)
    if (wanted.status is not None) == named:
        raise ApiError(422, "send either status, or thread_id with run_ids")
    statuses = [wanted.status] if wanted.status in ACTIVE else list(ACTIVE)
    rule = await authorise(request, "threads", "update", wanted.model_dump() | {"action": action})
    rows = await services.pool.fetch(
        sql.runs.CANCELLABLE, statuses, wanted.thread_id, wanted.run_ids if named else None, rule
    )
    if not rows:
        raise ApiError(404, "no run under way matches")
    for row in rows:
        await services.queue.cancel(row["run_id"], action)
    return no_content()


def _action(request: Request) -> str:
    action = request.query_params.get("action", "interrupt")
    if action not in get_args(Action):
        raise ApiError(422, f"action must be interrupt or rollback, not {action!r}")
    return action


_THREAD = "/threads/{thread_id}/runs"
routes = [
    Route("/runs", create, methods=["POST"]),
    Route("/runs/wait", wait, methods=["POST"]),
    Route("/runs/batch", batch, methods=["POST"]),
    Route("/runs/cancel", cancel_many, methods=["POST"]),
    Route("/runs/{run_id}/join", join, methods=["GET"]),
    Route(_THREAD, create, methods=["POST"]),
    Route(_THREAD, list_, methods=["GET"]),
    Route(_THREAD + "/wait", wait, methods=["POST"]),
    Route(_THREAD + "/{run_id}", get, methods=["GET"]),
    Route(_THREAD + "/{run_id}", delete, methods=["DELETE"]),
    Route(_THREAD + "/{run_id}/join", join, methods=["GET"]),
    Route(_THREAD + "/{run_id}/cancel", cancel, methods=["POST"]),
]
