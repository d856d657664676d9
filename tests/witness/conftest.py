"""A sink with a log in place of the history, and probes that talk to it by hand."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from witness_helpers import Log, Say, fetch

from conformance.witness import Sink


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def sink(log: Log) -> Iterator[Sink]:
    with Sink(log) as sink:  # type: ignore[arg-type]
        yield sink


@pytest.fixture
def say(sink: Sink) -> Say:
    """Post a message to the sink and return the status and the parsed answer."""

    def post(verb: str, **message: Any) -> tuple[int, dict[str, Any]]:
        return fetch(f"{sink.url}/{verb}", json.dumps(message).encode())

    return post


@pytest.fixture
def begin(say: Say) -> Callable[..., int]:
    """Begin an execution and return its token."""

    def post(nonce: str, step: int | str = 0) -> int:
        status, answer = say("begin", nonce=nonce, step=step, pid=7, host="worker")
        assert status == 200
        return answer["token"]

    return post
