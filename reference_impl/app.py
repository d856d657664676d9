"""The HTTP surface as one Starlette application; errors leave it as `{"detail": <sentence>}`."""

import logging

import redis.exceptions
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from onceproof.reference_impl.api import (
    assistants,
    crons,
    runs,
    state,
    store,
    streams,
    system,
    thread_streams,
    threads,
)
from onceproof.reference_impl.api.limits import BodyLimit
from onceproof.reference_impl.auth.guard import guard_routes
from onceproof.reference_impl.auth.loading import Access
from onceproof.reference_impl.collector import CollectorPause
from onceproof.reference_impl.database import AWAY
from onceproof.reference_impl.deployment.hosting import PLAIN, Hosting
from onceproof.reference_impl.errors import Contradiction, Refusal, Unbuildable, Unknown, Unusable
from onceproof.reference_impl.http import Json
from onceproof.reference_impl.services import Services

log = logging.getLogger(__name__)

#: What the drivers raise when a dependency is down, stopping, starting, full, or not answering.
_AWAY = (*AWAY, redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)

_STATUS = {Contradiction: 400, Unknown: 404, Unusable: 422, Unbuildable: 500}


def create_app(
    services: Services,
    *,
    api: bool = True,
    access: Access | None = None,
    hosting: Hosting = PLAIN,
) -> Starlette:
    """Build the application with all routes, or only health and metrics for a mere worker.

    With `access`, routes of the API authenticate the caller; health, metrics and description stay
    open. `hosting` says which paths this deployment has, and which headers its graphs see.
    """
    modules = (
        [assistants, threads, state, runs, streams, thread_streams, crons, store] if api else []
    )
    routes = [route for module in modules for route in module.routes]
    shown = [*system.routes, *guard_routes(routes, access)]
    app = Starlette(
        routes=[route for route in shown if hosting.serves(route.path)],
        middleware=[
            Middleware(CollectorPause),
            Middleware(BodyLimit, max_bytes=services.settings.max_body_bytes),
        ],
        exception_handlers={
            HTTPException: _answer_error,
            Refusal: _answer_refusal,
            ClientDisconnect: _answer_nobody,
            Exception: _answer_crash,
            **dict.fromkeys(_AWAY, _answer_unavailable),
        },
    )
    app.state.services = services
    app.state.security = access.openapi if access else {}
    app.state.own = hosting.own
    app.state.passed_headers = hosting.http.configurable_headers
    return app


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Json({"detail": error.detail}, error.status_code, headers=error.headers)


async def _answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return Json({"detail": str(error)}, _STATUS[type(error)])


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The client left before its request was read: nothing was done, nobody reads the answer."""
    return Response(status_code=400)


async def _answer_unavailable(request: Request, error: Exception) -> Response:
    log.warning("%s %s: a dependency is away: %s", request.method, request.url.path, error)
    return Json(
        {"detail": "Postgres or Redis did not answer; try again"},
        503,
        headers={"Retry-After": "1"},
    )


async def _answer_crash(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return Json({"detail": "Internal server error"}, 500)
