"""How a deployment presents its API: the `http` section put into effect.

From the outside in: CORS, the log of headers, the mount prefix, the deployment's own middleware and
routes, and the API. With `middleware_order` `auth_first` callers are authenticated before that
middleware.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.datastructures import Headers as RequestHeaders
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from onceproof.reference_impl.auth.gate import Gate
from onceproof.reference_impl.auth.loading import Access
from onceproof.reference_impl.deployment.cors import ANY_ORIGIN, allow_origins
from onceproof.reference_impl.deployment.http_section import (
    Headers,
    HttpSection,
    load_http_section,
)
from onceproof.reference_impl.deployment.own_app import OwnApp, load_own_app
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

HEALTH = ("/ok",)
META = ("/info", "/metrics", "/docs", "/openapi.json")


@dataclass(frozen=True)
class Hosting:
    """The section, and the application that it names."""

    http: HttpSection
    own: OwnApp | None = None

    @classmethod
    def load(cls, settings: Settings) -> Hosting:
        """Read the section and import the application; ConfigError says what is wrong."""
        http = load_http_section(settings)
        return cls(http, load_own_app(http.app, settings))

    def serves(self, path: str) -> bool:
        """Return whether the deployment has this path of the API."""
        return _group(path) not in self.http.groups_off

    def guard_own(self, access: Access | None) -> None:
        """Close the deployment's own routes to unknown callers, where the section asks for it."""
        if self.own and access and self.http.enable_custom_route_auth:
            self.own.guard(access)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Enter the lifespan of the deployment's own application, if it has one."""
        if self.own is None:
            yield
            return
        async with self.own.open() as state:
            self.own.keep(state)
            yield

    def wrap(self, api: Starlette, access: Access | None = None) -> ASGIApp:
        """Wrap the API in all that the section says."""
        # Where nothing is configured, the deployment's own routes keep to rules of their own.
        inner = api if self.http.cors else allow_origins(api, ANY_ORIGIN)
        app = self._mount(api, self._surround(inner, api, access))
        if self.http.logging_headers:
            app = _LogHeaders(app, self.http.logging_headers)
        return allow_origins(app, self.http.cors) if self.http.cors else app

    def _surround(self, app: ASGIApp, api: Starlette, access: Access | None) -> ASGIApp:
        """The API behind the middleware and the routes of the deployment's own application."""
        if self.own is None:
            return app
        app = self.own.wrap(app)
        if access is None or self.http.middleware_order != "auth_first":
            return app
        routes = [
            *(self.own.routes if self.http.enable_custom_route_auth else ()),
            *_select_routes(api),
        ]
        return Gate(app, routes, access)

    def _mount(self, api: Starlette, app: ASGIApp) -> ASGIApp:
        if not self.http.mount_prefix:
            return app
        health = [route for route in api.routes if getattr(route, "path", "") in HEALTH]
        routes = [*health, Mount(self.http.mount_prefix, app=app)]
        root = Starlette(routes=routes, exception_handlers=api.exception_handlers)
        root.state = api.state
        return root


#: That of a deployment without the section.
PLAIN = Hosting(HttpSection())


class _LogHeaders:
    """Logs each request with the headers that are to be seen."""

    def __init__(self, app: ASGIApp, shown: Headers):
        self._app = app
        self._shown = shown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = self._shown.select(RequestHeaders(scope=scope).items())
            log.info("%s %r %r", scope["method"], scope["path"], headers)
        await self._app(scope, receive, send)


def _select_routes(api: Starlette) -> Iterator[BaseRoute]:
    open_to_all = {"/", *HEALTH, *META}
    return (route for route in api.routes if getattr(route, "path", "") not in open_to_all)


def _group(path: str) -> str:
    first, *rest = path.strip("/").split("/")
    if path in META:
        return "meta"
    return "runs" if first == "threads" and "runs" in rest else first
