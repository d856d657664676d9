"""Which of the probe graphs a server does not host, asked before anything is judged by them.

A list of the assistants says it of most servers. One that does not list a probe may have been given
an older set of them, may make the assistants of its graphs when they are first asked for, or may
have no such list; so each probe that is not listed is asked for by itself: an assistant of it is
created and deleted again. A server that makes one of a graph that nobody has says nothing that way.
"""

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import uuid4

import httpx
from anyio.from_thread import start_blocking_portal

from onceproof.conformance.preflight.visit import ASK_S
from onceproof.conformance.probes import GRAPHS
from onceproof.conformance.wire.absent_routes import RouteGuard
from onceproof.conformance.wire.client import Api

_LIMITS = (1000, 100)
_AT_ONCE = 8
#: A run of it needs no input, and ends at once.
_TRIED = "echo"


def find_missing_probes(url: str) -> frozenset[str]:
    """Return the probes that the server at `url` lacks, none of them if nothing says so."""
    with start_blocking_portal() as portal:
        return portal.call(_find_missing, url)


def find_absent_routes(url: str) -> RouteGuard:
    """Return what knows the routes that the server at `url` leaves out of its own document."""
    with start_blocking_portal() as portal:
        return RouteGuard(portal.call(_read_document, url))


async def _read_document(url: str) -> Any:
    async with Api([url], timeout_s=ASK_S) as api:
        try:
            return _read(await api.get("/openapi.json"))
        except httpx.HTTPError:
            return None  # then nothing is known to be absent


async def _find_missing(url: str) -> frozenset[str]:
    async with Api([url], timeout_s=ASK_S) as api:
        try:
            return await list_missing_probes(api)
        except httpx.HTTPError:
            return frozenset()  # what else it does is for the suite to see


async def list_missing_probes(api: Api) -> frozenset[str]:
    """Return the same by a client that is there already; httpx.HTTPError without an answer."""
    listed = await list_graphs(api)
    doubtful = frozenset(GRAPHS) - (listed or frozenset())
    if not doubtful:
        return doubtful
    made = await _make_assistants(api, doubtful)
    if listed is None and not made and await _executes(api):
        return frozenset()
    return doubtful - made


async def list_graphs(api: Api) -> frozenset[str] | None:
    """Return the graphs of the server's assistants, None if it has no such list."""
    for limit in _LIMITS:
        answer = await api.post("/assistants/search", json={"limit": limit})
        rows = _read(answer)
        if isinstance(rows, list):
            named = (each.get("graph_id") for each in rows if isinstance(each, dict))
            return frozenset(name for name in named if isinstance(name, str))
    return None


async def _make_assistants(api: Api, graphs: Collection[str]) -> frozenset[str]:
    """The graphs that the server makes an assistant of, unless it makes one of any graph."""
    if await _makes_assistant(api, f"onceproof-nobody-has-{uuid4().hex}"):
        return frozenset()
    busy = asyncio.Semaphore(_AT_ONCE)

    async def try_one(graph: str) -> bool:
        async with busy:
            return await _makes_assistant(api, graph)

    names = sorted(graphs)
    made = await asyncio.gather(*map(try_one, names))
    return frozenset(name for name, was_made in zip(names, made, strict=True) if was_made)


async def _makes_assistant(api: Api, graph: str) -> bool:
    answer = await api.post("/assistants", json={"graph_id": graph, "name": "onceproof asks"})
    made = _read(answer)
    if not isinstance(made, dict) or not isinstance(made.get("assistant_id"), str):
        return False
    await api.delete(f"/assistants/{made['assistant_id']}")
    return True


async def _executes(api: Api) -> bool:
    """Whether a server that shows no assistants at all takes a run of a probe."""
    body = {"assistant_id": _TRIED, "input": {}}
    return (await api.post("/runs/wait", json=body)).is_success


def _read(answer: httpx.Response) -> Any:
    try:
        return answer.json() if answer.is_success else None
    except ValueError:
        return None
