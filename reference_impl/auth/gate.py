"""Authentication in front of an application, for routes that do not ask for it themselves."""

from collections.abc import Sequence

from starlette.authentication import AuthCredentials
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from onceproof.reference_impl.auth.guard import remember_caller
from onceproof.reference_impl.auth.loading import Access
from onceproof.reference_impl.http import Json

#: WebSocket's own status for a refusal by policy.
_POLICY = 1008


class Gate:
    """Authenticates the callers of some routes; the application finds them as `request.user`."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute], access: Access):
        self._app = app
        self._routes = routes
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path_params = self._find(scope)
        if path_params is None:
            await self._app(scope, receive, send)
            return
        request = Request(
            {"method": "GET", **scope, "type": "http", "path_params": path_params}, receive
        )
        try:
            user = await self._access.authentication(request)
        except HTTPException as refusal:
            await _refuse(refusal, scope, receive, send)
            return
        remember_caller(scope, user, self._access)
        scope["user"], scope["auth"] = user, AuthCredentials(user.permissions)
        await self._app(scope, _replay(request, receive), send)

    def _find(self, scope: Scope) -> dict[str, str] | None:
        """The parameters in the path, if one of the routes has it."""
        for route in self._routes if scope["type"] in ("http", "websocket") else ():
            match, found = route.matches(scope)
            if match is Match.FULL:
                return found.get("path_params", {})
        return None


async def _refuse(refusal: HTTPException, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY, "reason": str(refusal.detail)})
        return
    answer = Json({"detail": refusal.detail}, refusal.status_code, headers=refusal.headers)
    await answer(scope, receive, send)


def _replay(request: Request, receive: Receive) -> Receive:
    """The body once more, if the authentication has read it."""
    body = getattr(request, "_body", None)
    if body is None:
        return receive
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay
