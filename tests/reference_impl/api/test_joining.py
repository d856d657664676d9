"""A client that joins a run misses nothing once its answer has begun."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from onceproof.reference_impl.api import following, streams
from onceproof.reference_impl.core.streams.event_ids import Event
from onceproof.reference_impl.core.streams.subscription import Subscription

RUN: dict[str, Any] = {"run_id": uuid4(), "kwargs": {"graph_id": "chain"}}


@pytest.mark.anyio
async def test_a_run_that_ends_as_its_answer_begins_is_heard_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard, ended = Subscription(), False

    @asynccontextmanager
    async def subscribe(run_id: Any) -> AsyncIterator[Subscription]:
        yield heard

    async def is_over(services: Any, run_id: Any) -> bool:
        return ended

    monkeypatch.setattr(following, "is_over", is_over)
    monkeypatch.setattr(streams.RunSpec, "load", lambda _: SimpleNamespace(stream_resumable=False))
    services: Any = SimpleNamespace(
        broker=SimpleNamespace(subscribe=subscribe), settings=SimpleNamespace(keepalive_s=5)
    )
    stream = await streams._join(services, RUN, None)
    heard.push(Event("1-0", "updates", '{"step": 2}'))
    heard.push(Event("1-1", "", "end"))
    ended = True
    assert b"".join([chunk async for chunk in stream]).count(b"event: updates") == 1
