"""What the tests of the official client share.

Runs that it starts do not name a sink: they are not in the history, so a sink must not see them.
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from langgraph_sdk import get_client, get_sync_client

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.sdk.clients import ThreadedClient
from onceproof.conformance.wire.client import LOOPBACK, Api
from onceproof.conformance.wire.runs import Runs

__all__ = ["aside", "aside_history", "aside_sink"]


@pytest.fixture(params=["async", "sync"])
async def client(
    request: pytest.FixtureRequest, api: Api, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    """Provide the official client: once the asynchronous, once the synchronous one."""
    host = urlsplit(api.urls[0]).hostname or ""
    if host in LOOPBACK:  # a proxy named in the environment cannot reach this machine's own ports
        monkeypatch.setenv("NO_PROXY", host)
    if request.param == "async":
        async with get_client(url=api.urls[0], api_key=None) as made:
            yield made
    else:
        with get_sync_client(url=api.urls[0], api_key=None) as made:
            yield ThreadedClient(made)


@pytest.fixture
async def thread_id(client: Any, runs: Runs) -> str:
    """A thread created by the client."""
    made: str = (await client.threads.create())["thread_id"]
    runs.threads.adopt(made)
    return made
