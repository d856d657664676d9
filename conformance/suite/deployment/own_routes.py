"""A deployment's own application, as an operator would write one: routes, middleware, lifespan.

The target imports this file, in its own process. Its lifespan calls the address in
ONCEPROOF_LIFESPAN when it starts and when it stops, which the path says.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.request import ProxyHandler, Request, build_opener

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def report(what: str) -> None:
    request = Request(f"{os.environ['ONCEPROOF_LIFESPAN']}/{what}", method="POST")
    with build_opener(ProxyHandler({})).open(request, timeout=5):
        pass


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    report("start")
    yield
    report("stop")


class Mark:
    """Puts a header on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-own", b"yes")]
            await send(message)

        await self._app(scope, receive, send_with_mark)


async def own(request: Call) -> Response:
    return JSONResponse({"own": request.url.path})


app = Starlette(
    routes=[Route("/own/route", own), Route("/threads/count", own, methods=["POST"])],
    middleware=[Middleware(Mark)],
    lifespan=lifespan,
)
