"""What a thread's state takes up in Postgres."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from onceproof.reference_impl import sql
from onceproof.reference_impl.api.openapi import operation
from onceproof.reference_impl.auth.guard import authorise
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import ApiError, Json, path_id
from onceproof.reference_impl.resources import threads
from onceproof.reference_impl.services import Services


class Section(BaseModel):
    count: int
    bytes: int


class StorageOut(BaseModel):
    """The three sections add up to `total_bytes`.

    A checkpoint of this server holds its channels' values, so these are counted with it.
    """

    thread_id: UUID
    total_bytes: int
    checkpoints: Section
    channel_values: Section
    pending_writes: Section


@operation("How much a thread stores", answer=StorageOut, errors=(404, 422))
async def storage(request: Request) -> Response:
    services: Services = request.app.state.services
    thread_id = path_id(request, "thread_id")
    rule = await authorise(request, "threads", "read", {"thread_id": thread_id})
    if await threads.find(services.pool, thread_id, rule) is None:
        raise ApiError(404, f"thread {thread_id} not found")
    return Json(_sections(thread_id, await services.pool.fetchrow(sql.threads.STORAGE, thread_id)))


def _sections(thread_id: UUID, sizes: Any) -> JsonObject:
    return {
        "thread_id": thread_id,
        "total_bytes": sizes["checkpoint_bytes"] + sizes["write_bytes"],
        "checkpoints": {"count": sizes["checkpoints"], "bytes": sizes["checkpoint_bytes"]},
        "channel_values": {"count": 0, "bytes": 0},
        "pending_writes": {"count": sizes["writes"], "bytes": sizes["write_bytes"]},
    }


routes = [Route("/threads/{thread_id}/storage", storage, methods=["GET"])]
