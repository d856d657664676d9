"""Every request is authenticated before its endpoint, and authorised inside it.

Without `auth` in langgraph.json no route is guarded and everything is allowed to everybody.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from onceproof.reference_impl.auth.loading import Access
from onceproof.reference_impl.core.user import User

_CALLER = "reference_impl.caller"

#: What a caller asks for, as handlers see it; they may write into it.
Intent = dict[str, Any]


@dataclass(frozen=True)
class _Caller:
    user: User
    access: Access


def guard_routes(routes: Iterable[Route], access: Access | None) -> list[Route]:
    """Return the routes, closed to callers whom `access` does not know; unchanged if it is None."""
    return list(routes) if access is None else [_guard(route, access) for route in routes]


def _guard(route: Route, access: Access) -> Route:
    @functools.wraps(route.endpoint)
    async def endpoint(request: Request) -> Response:
        if _CALLER not in request.scope:
            remember_caller(request.scope, await access.authentication(request), access)
        return await route.endpoint(request)

    return Route(route.path, endpoint, methods=list(route.methods or ()))


def remember_caller(scope: Scope, user: User, access: Access) -> None:
    """Note who is calling, for the endpoints of the API."""
    scope[_CALLER] = _Caller(user, access)


def user_of(request: Request) -> User | None:
    """Return the caller; None on a server without authentication."""
    caller = request.scope.get(_CALLER)
    return None if caller is None else caller.user


async def authorise(request: Request, resource: str, action: str, value: Intent) -> str | None:
    """Return the rule that rows have to fulfil for this caller; None if any will do.

    `value` is what the caller asks for. Handlers write into it, an owner into its `metadata` for
    example, so what is done is what it says afterwards. ApiError if the caller may not.
    """
    caller: _Caller | None = request.scope.get(_CALLER)
    if caller is None:
        return None
    return await caller.access.handlers.rule(caller.user, resource, action, value)
