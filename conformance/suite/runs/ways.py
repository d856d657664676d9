"""The three ways to create a run, and the paths they go to."""

from typing import Any

import httpx
import pytest

from onceproof.conformance.suite.kit.assertions import answered
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
    """The whole answer to a request for a run; a stream is read to its end.

    These runs report to no sink: they are for what the answer alone shows.
    """
    asked = {"assistant_id": graph, "input": {"nonce": new_nonce()}, **body}
    return await api.post(runs_path(thread_id) + WAYS[way], json=asked, at=at)


async def run_of(api: Api, response: httpx.Response) -> dict[str, Any]:
    """The run that `Content-Location` of a creation on a thread names, as the server shows it."""
    run: dict[str, Any] = answered(await api.get(response.headers["content-location"]))
    return run
