"""Health, identity, metrics and the description of the API itself.

A probe must not hang with the thing it probes: everything here answers within three seconds.
"""

import asyncio
import html
import platform
from collections.abc import Awaitable, Iterator
from importlib.metadata import version
from typing import Any

import asyncpg
from pydantic import BaseModel
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from onceproof.reference_impl import database, sql
from onceproof.reference_impl.api.openapi import BOOLEAN, document, operation
from onceproof.reference_impl.deployment.own_app import add_own
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import Json, query_bool
from onceproof.reference_impl.services import Services

PROBE_S = 2.5

Figures = dict[str, int | float]

_FORMAT = {"enum": ["prometheus", "json"]}


class Health(BaseModel):
    ok: bool
    services: dict[str, str] = {}


class Info(BaseModel):
    version: str
    langgraph_py_version: str
    flags: dict[str, bool]
    host: dict[str, str]


@operation(
    "Whether the process serves; with `check_db` also whether it reaches its databases",
    answer=Health,
    query={"check_db": BOOLEAN},
    errors=(422, 503),
)
async def ok(request: Request) -> Response:
    if not query_bool(request, "check_db"):
        return Json({"ok": True})
    services: Services = request.app.state.services
    states = await asyncio.gather(
        _probe(database.ping(services.pool)), _probe(services.broker.ping())
    )
    found = dict(zip(("postgres", "redis"), states, strict=True))
    away = [f"{name} is {state}" for name, state in found.items() if state != "ok"]
    if away:
        return Json({"ok": False, "services": found, "detail": "; ".join(away)}, 503)
    return Json({"ok": True, "services": found})


@operation("What this server is and which parts of the API it has", answer=Info)
async def info(request: Request) -> Response:
    paths = [getattr(route, "path", "") for route in request.app.routes]
    return Json(
        {
            "version": _version(),
            "langgraph_py_version": version("langgraph"),
            "flags": {
                "assistants": "/assistants" in paths,
                "crons": any(path.startswith("/runs/crons") for path in paths),
            },
            "host": {"kind": "self-hosted", "python": platform.python_version()},
        }
    )


@operation(
    "Queue and worker figures",
    query={"format": _FORMAT},
    media_types=("text/plain", "application/json"),
    errors=(503,),
)
async def metrics(request: Request) -> Response:
    figures = await _figures(request.app.state.services)
    if request.query_params.get("format") == "json":
        return Json(figures)
    text = "".join(f"{line}\n" for line in _exposition(figures))
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


@operation("This API as an OpenAPI document")
async def openapi(request: Request) -> Response:
    return Json(_describe(request))


@operation("This API as a page", media_types=("text/html",))
async def docs(request: Request) -> Response:
    described = _describe(request)
    rows = "\n".join(
        f"<tr><td><code>{method.upper()} {html.escape(path)}</code></td>"
        f"<td>{html.escape(about.get('summary', ''))}</td></tr>"
        for path, methods in described["paths"].items()
        for method, about in methods.items()
    )
    return HTMLResponse(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Agent Server API</title>"
        "<style>body{font:15px system-ui;margin:2rem}td{padding:.2rem 1rem .2rem 0}</style>"
        f"<h1>Agent Server {html.escape(_version())}</h1>"
        f"<p><a href='/openapi.json'>openapi.json</a></p><table>{rows}</table></html>"
    )


def _describe(request: Request) -> JsonObject:
    """Return the document, with the security that langgraph.json declares for it."""
    described = document(request.app.routes, _version())
    if request.app.state.own:
        add_own(described, request.app.state.own.describe())
    declared = request.app.state.security
    if "securitySchemes" in declared:
        described["components"]["securitySchemes"] = declared["securitySchemes"]
    if "security" in declared:
        described["security"] = declared["security"]
    return described


async def _probe(answer: Awaitable[Any]) -> str:
    try:
        async with asyncio.timeout(PROBE_S):
            await answer
    except TimeoutError:
        return f"silent for {PROBE_S} s"
    except (asyncpg.PostgresError, *database.AWAY, RedisError) as error:
        return f"away: {error}"
    return "ok"


async def _figures(services: Services) -> dict[str, Figures]:
    async with asyncio.timeout(PROBE_S):
        counts = await services.pool.fetchrow(sql.queue.COUNTS)
    size, idle = services.pool.get_size(), services.pool.get_idle_size()
    figures = {"queue": dict(counts), "postgres": {"pool_size": size, "pool_available": idle}}
    worker = services.worker
    if worker is not None:
        figures["workers"] = {
            "max": worker.max,
            "active": worker.active,
            "available": worker.max - worker.active,
        }
        figures["fenced"] = worker.count_refusals()
    return figures


def _exposition(figures: dict[str, Figures]) -> Iterator[str]:
    """Yield Prometheus' text format: `agent_server_<group>_<figure> <value>`."""
    for group, values in figures.items():
        for name, value in values.items():
            metric = f"agent_server_{group}_{name}"
            yield f"# TYPE {metric} {'counter' if name.endswith('_total') else 'gauge'}"
            yield f"{metric} {value}"


def _version() -> str:
    return version("onceproof")


routes = [
    Route("/", ok, methods=["GET"]),
    Route("/ok", ok, methods=["GET"]),
    Route("/info", info, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
    Route("/docs", docs, methods=["GET"]),
    Route("/openapi.json", openapi, methods=["GET"]),
]
