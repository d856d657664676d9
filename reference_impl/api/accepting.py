"""From prepared runs to accepted ones, with or without a key that makes a retry safe."""

import re

import asyncpg
from starlette.requests import Request

from onceproof.reference_impl.api.http import ApiError, parsed
from onceproof.reference_impl.auth.guard import user_of
from onceproof.reference_impl.core import idempotency
from onceproof.reference_impl.core.run import RunRequest, ThreadBusy, ThreadMissing
from onceproof.reference_impl.services import Services

HEADER = "Idempotency-Key"
#: The header as the OpenAPI document describes it.
KEYED = {HEADER: {"type": "string", "pattern": "^[!-~]{1,255}$"}}


async def accept(request: Request, runs: list[RunRequest]) -> list[asyncpg.Record]:
    """Accept the runs; what the queue refuses becomes the answer.

    Raises Repeated, with the runs of the first request, for a retry with the same key.
    """
    services: Services = request.app.state.services
    key = await _key(request)
    try:
        if key is None:
            return await services.queue.accept(runs)
        return await idempotency.accept(services.pool, services.queue, key, runs)
    except ThreadMissing as missing:
        raise ApiError(404, str(missing)) from None
    except (ThreadBusy, idempotency.RunGone) as conflict:
        raise ApiError(409, str(conflict)) from None
    except idempotency.KeyReused as reused:
        raise ApiError(422, str(reused)) from None


async def accept_once(request: Request, runs: list[RunRequest]) -> list[asyncpg.Record]:
    """As `accept`, and a retry is answered with the runs of the first request."""
    try:
        return await accept(request, runs)
    except idempotency.Repeated as earlier:
        return earlier.runs


async def _key(request: Request) -> idempotency.Key | None:
    text = request.headers.get(HEADER)
    if text is None:
        return None
    if not re.fullmatch(r"[!-~]{1,255}", text):
        raise ApiError(422, f"{HEADER} must be 1 to 255 visible ASCII characters")
    user = user_of(request)
    return idempotency.Key.of(
        text,
        user=None if user is None else user.identity,
        path=request.url.path,
        body=await parsed(request),
    )
