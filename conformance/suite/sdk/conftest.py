"""What the tests of the official client share.

Runs that it starts do not name a sink: they are not in the history, so a sink must not see them.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.sdk.clients import (
    ThreadedClient,
    open_official_client,
    open_official_sync_client,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

__all__ = ["aside", "aside_history", "aside_sink"]


@pytest.fixture(params=["async", "sync"])
async def client(request: pytest.FixtureRequest, api: Api) -> AsyncIterator[Any]:
    """Provide the official client: once the asynchronous, once the synchronous one."""
    if request.param == "async":
        async with open_official_client(api.urls[0], api.guard) as made:
            yield made
    else:
        with open_official_sync_client(api.urls[0], api.guard) as made:
            yield ThreadedClient(made)


@pytest.fixture
async def thread_id(client: Any, runs: Runs) -> str:
    """A thread created by the client."""
    made: str = (await client.threads.create())["thread_id"]
    runs.threads.adopt(made)
    return made
