"""Fixtures of the load tests; the stand-in server is the one that the wire is tested with."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "wire"))
from stand_in import Served, StandIn
from stand_in_api import build


@pytest.fixture
def state() -> StandIn:
    return StandIn()


@pytest.fixture
def url(state: StandIn) -> Iterator[str]:
    with Served(build(state)) as served:
        yield served.url
