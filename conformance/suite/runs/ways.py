"""The three ways to create a run, and their paths."""

from typing import Any

import httpx
import pytest

from onceproof.conformance.errors import MissingId
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.wire.any_graph import any_graph, any_input
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce, runs_path

WAYS = {"create": "", "wait": "/wait", "stream": "/stream"}

every_way = pytest.mark.parametrize("way", list(WAYS))


async def ask(
    api: Api,
    way: str,
    thread_id: str | None,
    graph: str = "echo",
    *,
    at: int | None = None,
    **body: Any,
) -> httpx.Response:
    """Create a run and return the whole answer; a stream is read to its end.

    These runs do not report to a sink: the tests look at the answer alone.
    """
    content = {"assistant_id": graph, "input": {"nonce": new_nonce()}, **body}
    return await api.post(runs_path(thread_id) + WAYS[way], json=content, at=at)


async def ask_any(api: Api, way: str, thread_id: str | None, **body: Any) -> httpx.Response:
    """Create a run of any graph, of which no more is expected than that it ends."""
    if "input" not in body:
        body["input"] = any_input(api.guard, {"nonce": new_nonce()})
    return await ask(api, way, thread_id, any_graph(), **body)


async def refuse_any(api: Api, way: str, thread_id: str | None, **body: Any) -> httpx.Response:
    """Ask for a run of any graph that is to be refused, whatever its input."""
    return await ask(api, way, thread_id, any_graph(), **body)


async def read_run(api: Api, response: httpx.Response) -> dict[str, Any]:
    """Read the run that `Content-Location` of a creation on a thread names; MissingId without."""
    if "content-location" not in response.headers:
        raise MissingId("no answer named the run, which RUN-03 judges")
    run: dict[str, Any] = expect(await api.get(response.headers["content-location"]))
    return run
