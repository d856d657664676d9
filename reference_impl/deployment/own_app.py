"""The deployment's own application beside the API: `http.app`, a Starlette or FastAPI application.

Its routes come before the API's, its middleware is around both, and its lifespan runs once in each
process that serves or executes: nodes use what it opens.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from onceproof.reference_impl.auth.gate import Gate
from onceproof.reference_impl.auth.loading import Access
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources.modules import load_object
from onceproof.reference_impl.settings import Settings


class OwnApp:
    """The application; `state` is what its lifespan yielded."""

    def __init__(self, app: Starlette):
        self._app = app
        self._state: dict[str, Any] = {}
        self.routes: Sequence[BaseRoute] = [r for r in app.routes if not _is_fastapi_page(app, r)]
        self._around = list(app.user_middleware)

    def open(self) -> AbstractAsyncContextManager[Mapping[str, Any] | None]:
        """Return its lifespan, to be entered; what it yields goes to `keep`."""
        return self._app.router.lifespan_context(self._app)

    def keep(self, state: Mapping[str, Any] | None) -> None:
        """Show its requests what the lifespan yielded."""
        self._state.update(state or {})

    def guard(self, access: Access) -> None:
        """Close its routes to callers whom `access` does not know; its middleware comes first."""
        self._app.user_middleware.append(Middleware(Gate, routes=self.routes, access=access))

    def wrap(self, api: ASGIApp) -> ASGIApp:
        """Put its middleware around the API, and its routes before it."""
        for middleware in reversed(self._around):
            api = middleware.cls(api, *middleware.args, **middleware.kwargs)

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            await (self if self._has(scope) else api)(self._with_state(scope), receive, send)

        return dispatch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(self._with_state(scope), receive, send)

    def describe(self) -> JsonObject:
        """Return its part of an OpenAPI document: FastAPI's own, or what its routes show."""
        describe = getattr(self._app, "openapi", None)
        if callable(describe):
            return orjson.loads(orjson.dumps(describe()))
        routes = [route for route in self.routes if isinstance(route, Route)]
        return {"paths": {route.path: _describe(route) for route in routes}}

    def _has(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self.routes)

    def _with_state(self, scope: Scope) -> Scope:
        return {**scope, "state": {**scope.get("state", {}), **self._state}}


def load_own_app(spec: str | None, settings: Settings) -> OwnApp | None:
    """Import the application; ConfigError if it is none."""
    if not spec:
        return None
    app = load_object("http.app", spec, settings.config_path.resolve().parent)
    if not isinstance(app, Starlette):
        raise ConfigError(f"http.app: {spec!r} is a {type(app).__name__}, not an application")
    return OwnApp(app)


def add_own(document: JsonObject, own: JsonObject) -> None:
    """Add the application's paths and schemas to a document; the API's schemas keep their names."""
    schemas = document["components"].setdefault("schemas", {})
    text = orjson.dumps(own).decode()
    for name in own.get("components", {}).get("schemas", {}):
        if name in schemas:
            text = text.replace(
                f'"#/components/schemas/{name}"', f'"#/components/schemas/Own{name}"'
            )
    renamed = orjson.loads(text)
    for name, schema in renamed.get("components", {}).get("schemas", {}).items():
        schemas[f"Own{name}" if name in schemas else name] = schema
    for path, methods in renamed["paths"].items():
        document["paths"][path] = {**document["paths"].get(path, {}), **methods}


def _describe(route: Route) -> JsonObject:
    summary = (route.endpoint.__doc__ or route.name).strip().splitlines()[0]
    shown = {"summary": summary, "responses": {"default": {"description": "its answer"}}}
    methods = sorted((route.methods or set()) - {"HEAD"})
    return {method.lower(): shown for method in methods}


def _is_fastapi_page(own: Starlette, route: BaseRoute) -> bool:
    """FastAPI's own pages about an application, which would hide those about the API."""
    pages = [getattr(own, name, None) for name in ("openapi_url", "docs_url", "redoc_url")]
    path = getattr(route, "path", None)
    return path is not None and any(page and path.startswith(page) for page in pages)
