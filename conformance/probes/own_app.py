"""A deployment's own application, as an operator would write one, for `http.app` of langgraph.json.

    /own/route        answers with its path
    /own/graphs       the graphs that a client without a URL finds
    /own/hook         takes a webhook, and reports it

It reports to the address in ONCEPROOF_REPORTS: `start/HOST/PID` and `stop/HOST/PID` when its
lifespan begins and ends, `hook/RUN_ID` for a webhook.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

from langgraph_sdk import get_client
from starlette.applications import Starlette
from starlette.requests import Request as Call
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

sys.path.append(str(Path(__file__).resolve().parent))  # for servers that do not add it
from onceproof_probes.opened import OPENED


async def report(what: str) -> None:
    request = Request(f"{os.environ['ONCEPROOF_REPORTS']}/{what}", method="POST")
    await asyncio.to_thread(build_opener(ProxyHandler({})).open, request, timeout=5)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    me = f"{socket.gethostname()}/{os.getpid()}"
    await report(f"start/{me}")
    OPENED.append(os.getpid())
    yield
    OPENED.clear()
    await report(f"stop/{me}")


async def own(request: Call) -> Response:
    return JSONResponse({"own": request.url.path})


async def graphs(request: Call) -> Response:
    found = await get_client().assistants.search(limit=100)
    return JSONResponse([each["graph_id"] for each in found])


async def hook(request: Call) -> Response:
    await report(f"hook/{(await request.json())['run_id']}")
    return JSONResponse({})


app = Starlette(
    routes=[
        Route("/own/route", own),
        Route("/own/graphs", graphs),
        Route("/own/hook", hook, methods=["POST"]),
    ],
    lifespan=lifespan,
)
