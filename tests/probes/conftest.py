"""The probe graphs in this process, with an in-memory saver and store, and a real sink."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from probe_host import Host

from conformance.history import Recorder
from conformance.witness import Sink


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Recorder(tmp_path / "history.jsonl") as history, Sink(history) as sink:
        yield sink
