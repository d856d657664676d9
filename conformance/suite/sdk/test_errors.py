"""The client raises an exception of the right class for each error, with the server's sentence."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from langgraph_sdk.errors import (
    APIStatusError,
    ConflictError,
    NotFoundError,
    UnprocessableEntityError,
)

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same

Call = Callable[[], Awaitable[Any]]


async def _expect_error(call: Call, kind: type[APIStatusError], status: int) -> None:
    """Expect this exception from the call, with a `detail` in its body."""
    with pytest.raises(kind) as caught:
        await call()
    same("status of the exception", caught.value.status_code, status)
    body = caught.value.body
    detail = body.get("detail") if isinstance(body, dict) else None
    assert detail, f"the exception's body is {body!r}, but should have the server's `detail`"


@requirement("SDK-02", "SDK-03")
async def test_404_is_not_found(client: Any) -> None:
    for call in (client.threads.get, client.assistants.get, client.threads.get_state):
        await _expect_error(partial(call, str(uuid4())), NotFoundError, 404)


@requirement("SDK-02", "SDK-03")
async def test_409_is_a_conflict(client: Any, thread_id: str) -> None:
    await _expect_error(partial(client.threads.create, thread_id=thread_id), ConflictError, 409)


@requirement("SDK-02", "SDK-03")
async def test_422_is_an_unprocessable_entity(client: Any) -> None:
    await _expect_error(partial(client.threads.search, limit=-1), UnprocessableEntityError, 422)
    await _expect_error(partial(client.threads.get, "no-uuid"), UnprocessableEntityError, 422)
