"""A sink with a history, and probes that talk to it by hand."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.history import Record, Recorder, read
from onceproof.conformance.witness import Sink
from tests.witness.clients import Say, fetch


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path / "history.jsonl") as history:
        yield history


@pytest.fixture
def records(history: Recorder) -> Callable[[], list[Record]]:
    """Read what has been recorded so far."""

    def reread() -> list[Record]:
        history.flush()
        return list(read(history.path))

    return reread


@pytest.fixture
def sink(history: Recorder) -> Iterator[Sink]:
    with Sink(history) as sink:
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
