"""Fixtures of the wire: a stand-in server, an `Api` on it, a driver, and what was recorded."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from tests.wire.log import Log
from tests.wire.stand_in import Served, StandIn
from tests.wire.stand_in_api import build


@pytest.fixture(scope="session")
def stand_in() -> Iterator[tuple[StandIn, Served]]:
    state = StandIn()
    with Served(build(state)) as served:
        yield state, served


@pytest.fixture
def state(stand_in: tuple[StandIn, Served]) -> StandIn:
    stand_in[0].reset()
    return stand_in[0]


@pytest.fixture
def server(state: StandIn, stand_in: tuple[StandIn, Served]) -> Served:
    return stand_in[1]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log(tmp_path / "history.jsonl") as recorder:
        yield recorder


@pytest.fixture
async def api(server: Served) -> AsyncIterator[Api]:
    async with Api([server.url], timeout_s=5) as client:
        yield client


@pytest.fixture
def runs(api: Api, log: Log) -> Runs:
    return Runs(api, log)
