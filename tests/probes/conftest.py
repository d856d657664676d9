"""The probe graphs in this process, with an in-memory saver and store, and a real sink."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.witness import Sink
from tests.probes.probe_host import Host


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    with Recorder(tmp_path / "history.jsonl") as history, Sink(history) as sink:
        yield sink
