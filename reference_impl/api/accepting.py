"""From prepared runs to accepted ones, with or without a key that makes a retry safe."""

import re
from typing import Any

import asyncpg
from starlette.requests import Request

from onceproof.reference_impl.auth.guard import user_of
from onceproof.reference_impl.core import idempotency
from onceproof.reference_impl.core.run import RunRequest, ThreadBusy, ThreadMissing
from onceproof.reference_impl.http import ApiError
from onceproof.reference_impl.services import Services

HEADER = "Idempotency-Key"
#: The header as the OpenAPI document describes it.
KEYED = {HEADER: {"type": "string", "pattern": "^[!-~]{1,255}$"}}


async def accept(request: Request, runs: list[RunRequest], body: Any) -> list[asyncpg.Record]:
    """Accept the runs that the request's body asks for; what the queue refuses becomes the answer.

    Raises Repeated, with the runs of the first request, for a retry with the same key.
    """
    services: Services = request.app.state.services
    key = _read_key(request, body)
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


async def accept_once(request: Request, runs: list[RunRequest], body: Any) -> list[asyncpg.Record]:
    """Accept as `accept` does, and answer a retry with the runs of the first request."""
    try:
        return await accept(request, runs, body)
    except idempotency.Repeated as earlier:
        return earlier.runs


def _read_key(request: Request, body: Any) -> idempotency.Key | None:
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
        body=body,
    )
