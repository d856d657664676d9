"""How a deployment presents its API: the `http` section of `langgraph.json`.

    {"http": {"mount_prefix": "/agents", "disable_store": true, "app": "./webapp.py:app"}}

mount_prefix   the API lives under this path; its health routes also at the root (or MOUNT_PREFIX)
disable_*      assistants, threads, runs, store, meta, mcp, a2a: 404 for these routes
app            a Starlette application (FastAPI is one): its routes come before the API's own,
               its middleware is around both, its lifespan runs once for each process with an API
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from onceproof.reference_impl.config import section
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources.graphs import load_object
from onceproof.reference_impl.settings import Settings

HEALTH = ("/ok",)
META = ("/info", "/metrics", "/docs", "/openapi.json")
GROUPS = ("assistants", "threads", "runs", "store", "meta", "mcp", "a2a")


@dataclass(frozen=True)
class Hosting:
    """What the section says; `state` is what the custom application's lifespan yielded."""

    prefix: str = ""
    disabled: frozenset[str] = frozenset()
    app: Starlette | None = None
    state: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Settings) -> Hosting:
        """Read the section and import the application; ConfigError says what is wrong."""
        http = section(settings.config_path, "http")
        prefix = (settings.mount_prefix or http.get("mount_prefix") or "").rstrip("/")
        if prefix and not prefix.startswith("/"):
            raise ConfigError(f"MOUNT_PREFIX or http.mount_prefix: {prefix!r} must begin with '/'")
        return cls(
            prefix=prefix,
            disabled=frozenset(group for group in GROUPS if http.get(f"disable_{group}")),
            app=_application(http.get("app"), settings),
        )

    def serves(self, path: str) -> bool:
        """Return whether the deployment has this path of the API."""
        return _group(path) not in self.disabled

    @asynccontextmanager
    async def lifespan(self, api: bool) -> AsyncIterator[None]:
        """Enter the custom application's lifespan, in a process that serves an API."""
        if self.app is None or not api:
            yield
            return
        async with self.app.router.lifespan_context(self.app) as state:
            self.state.update(state or {})
            yield

    def wrap(self, api: Starlette) -> ASGIApp:
        """Wrap the API in the custom application and the mount prefix."""
        app = _Shadowed(self.app, api, self.state) if self.app else api
        if not self.prefix:
            return app
        health = [route for route in api.routes if getattr(route, "path", "") in HEALTH]
        routes = [*health, Mount(self.prefix, app=app)]
        root = Starlette(routes=routes, exception_handlers=api.exception_handlers)
        root.state = api.state
        return root


class _Shadowed:
    """The API behind the middleware and the routes of the deployment's custom application."""

    def __init__(self, own: Starlette, api: Starlette, state: dict[str, Any]):
        self._state = state
        self._routes = [route for route in own.routes if not _is_fastapi_page(own, route)]
        self._own = own
        self._rest: ASGIApp = api
        for middleware in reversed(own.user_middleware):
            self._rest = middleware.cls(self._rest, *middleware.args, **middleware.kwargs)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, "state": {**scope.get("state", {}), **self._state}}
        mine = any(route.matches(scope)[0] is Match.FULL for route in self._routes)
        await (self._own if mine else self._rest)(scope, receive, send)


def _application(spec: str | None, settings: Settings) -> Starlette | None:
    if not spec:
        return None
    app = load_object("http.app", spec, settings.config_path.resolve().parent)
    if not isinstance(app, Starlette):
        raise ConfigError(f"http.app: {spec!r} is a {type(app).__name__}, not an application")
    return app


def _is_fastapi_page(own: Starlette, route: BaseRoute) -> bool:
    """FastAPI's own pages about an application, which would hide those about the API."""
    pages = [getattr(own, name, None) for name in ("openapi_url", "docs_url", "redoc_url")]
    path = getattr(route, "path", None)
    return path is not None and any(page and path.startswith(page) for page in pages)


def _group(path: str) -> str:
    first, *rest = path.strip("/").split("/")
    if path in META:
        return "meta"
    return "runs" if first == "threads" and "runs" in rest else first
