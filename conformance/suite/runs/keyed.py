"""Creations of runs that carry an Idempotency-Key."""

import json
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import httpx

from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.runs.ways import WAYS
from onceproof.conformance.wire.bare import compose_request
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.streams import EventStream


class KeyedRequests:
    """Creates runs of one step; the key is the run's nonce unless another is passed."""

    def __init__(self, api: Api, sink_url: str) -> None:
        self._api = api
        self._sink_url = sink_url

    def headers(self, key: str) -> dict[str, str]:
        return {"Idempotency-Key": key}

    def body(self, nonce: str) -> dict[str, Any]:
        knobs = {"nonce": nonce, "steps": 1, "sink": self._sink_url}
        return {"assistant_id": "chain", "input": knobs, "on_disconnect": "continue"}

    async def ask(
        self,
        way: str,
        thread_id: str | None,
        nonce: str,
        *,
        key: str | None = None,
        at: int | None = None,
    ) -> httpx.Response:
        """Send the request and return the whole answer; a stream is read to its end."""
        path = runs_path(thread_id) + WAYS[way]
        headers = self.headers(key or nonce)
        return await self._api.post(path, json=self.body(nonce), headers=headers, at=at)

    def stream(
        self, thread_id: str, key: str, body: Mapping[str, Any], *, at: int
    ) -> AbstractAsyncContextManager[EventStream]:
        path = runs_path(thread_id) + WAYS["stream"]
        return self._api.stream("POST", path, json=body, headers=self.headers(key), at=at)


async def list_run_ids(api: Api, thread_id: str) -> list[str]:
    """List the ids of a thread's runs."""
    return [run["run_id"] for run in expect(await api.get(runs_path(thread_id)))]


async def post_and_disconnect(
    api: Api, path: str, headers: Mapping[str, str], body: Mapping[str, Any]
) -> None:
    """Send a whole POST and close the connection without reading a byte of the answer."""
    content = json.dumps(body).encode()
    door, message = compose_request(api, "POST", path, content, headers=headers)
    _, writer = await door.open()
    writer.write(message)
    await writer.drain()
    writer.close()
    with suppress(ssl.SSLError):  # an answer that crosses with our farewell
        await writer.wait_closed()
