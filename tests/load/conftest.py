"""Fixtures of the load tests; the stand-in server is the one that the wire is tested with."""

from collections.abc import Iterator

import pytest

from tests.wire.stand_in import Served, StandIn
from tests.wire.stand_in_api import build


@pytest.fixture
def state() -> StandIn:
    return StandIn()


@pytest.fixture
def url(state: StandIn) -> Iterator[str]:
    with Served(build(state)) as served:
        yield served.url
